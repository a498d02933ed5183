import { nothing, table } from "../tests/support/table";

/** Something to reach. */
export interface Target {
  readonly text: string;
  /** Undefined if it could not be measured. */
  readonly measured: string | undefined;
  readonly met: boolean;
}

export const targetTable = (targets: readonly Target[]): string =>
  table(
    ["to reach", "measured", "met?"],
    targets.map(({ text, measured, met }) => [
      text,
      measured ?? nothing,
      measured === undefined ? "not measured" : met ? "yes" : "**no**",
    ]),
  );

/** A target with a maximum. */
export const atMost = (
  text: string,
  limit: number,
  measured: number,
  unit: (value: number) => string,
): Target => ({
  text: `${text}: at most ${unit(limit)}`,
  measured: Number.isNaN(measured) ? undefined : unit(measured),
  met: measured <= limit,
});
