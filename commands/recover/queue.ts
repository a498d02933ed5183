// Many calls at once: as many as S3 accepts.
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfInterrupted } from "../../common/script";

/** The fields used of an AWS SDK error. */
interface CallError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const throttled: readonly string[] = [
  "SlowDown",
  "ServiceUnavailable",
  "ThrottlingException",
  "TooManyRequests",
  "RequestLimitExceeded",
];
const passing =
  /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|TimeoutError|RequestTimeout|InternalError)$/;
const attempts = 8;

const isThrottling = ({ name = "", $metadata }: CallError): boolean =>
  throttled.includes(name) || [429, 503].includes($metadata?.httpStatusCode ?? 0);

/** Whether the same call may succeed a moment later. */
const passes = (error: CallError): boolean =>
  isThrottling(error) ||
  passing.test(error.name ?? "") ||
  passing.test(error.code ?? "") ||
  (error.$metadata?.httpStatusCode ?? 0) >= 500;

/**
 * Runs tasks, a number of them at once. When S3 asks to slow down, it halves that number, and raises it by one at a time as calls
 * succeed.
 */
export class Queue {
  private allowed: number;
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** @param most the maximum number of parallel tasks */
  constructor(
    private readonly most: number,
    private readonly pause: (milliseconds: number) => Promise<unknown> = sleep,
  ) {
    this.allowed = most;
  }

  /**
   * Starts a task as soon as there is room for it.
   *
   * @throws the error of an earlier task
   */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.running.size >= Math.floor(this.allowed)) {
      await Promise.race(this.running);
    }
    this.throwFailure();
    throwIfInterrupted();
    const run = task()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Waits for all tasks, whether they succeed or fail. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  /**
   * Waits for all tasks.
   *
   * @throws the error of one of them
   */
  async end(): Promise<void> {
    await this.settle();
    this.throwFailure();
  }

  /** Makes a call, and retries transient errors. */
  async call<T>(make: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await make();
        this.allowed = Math.min(this.most, this.allowed + 1 / this.allowed);
        return answer;
      } catch (thrown) {
        const error = thrown as CallError;
        if (attempt === attempts || !passes(error)) {
          throw thrown;
        }
        if (isThrottling(error)) {
          this.allowed = Math.max(1, this.allowed / 2);
        }
        throwIfInterrupted();
        await this.pause(Math.random() * Math.min(20_000, 100 * 2 ** attempt));
      }
    }
  }

  /** How many tasks may run at once now. */
  get room(): number {
    return Math.floor(this.allowed);
  }

  private throwFailure(): void {
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }
}
