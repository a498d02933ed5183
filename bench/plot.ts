import { median } from "../tests/support/statistics";
import type { Comparison } from "./compare";
import type { Curve } from "./growth";

// Colours that can be told apart without seeing colour too: they differ in brightness.
const colours = ["#0b5394", "#e69138", "#8fb8de"] as const;
const ink = "#24292f";
const faint = "#d0d7de";

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

interface TextOptions {
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
  readonly bold?: boolean;
}

const text = (
  x: number,
  y: number,
  content: string,
  { anchor = "start", size = 13, bold = false }: TextOptions = {},
) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}"${bold ? ' font-weight="bold"' : ""}>${escaped(content)}</text>`;

const line = (x1: number, y1: number, x2: number, y2: number, colour: string, width = 1) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}" stroke-width="${width}"/>`;

const box = (x: number, y: number, width: number, height: number, colour: string) =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"/>`;

/** A drawing with a ground of its own, so that it can be read on a dark page too. */
const drawing = (width: number, height: number, title: string, parts: readonly string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" fill="${ink}" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" rx="6" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;

/** Round numbers from 0 to beyond the highest value, not more than about six. */
function ticks(highest: number): number[] {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough) ?? rough;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

const legend = (names: readonly string[], x: number, y: number) =>
  names.flatMap((name, index) => [
    box(x + index * 150, y - 11, 12, 12, colours[index % colours.length] ?? ink),
    text(x + index * 150 + 18, y, name),
  ]);

/** A bar for the median of each system, and a stroke from its fastest round to its slowest. */
export function drawBars(title: string, wall: Comparison["wall"]): string {
  const [left, top, width, bar, gap] = [300, 78, 460, 15, 16];
  const systems = wall[0]?.systems.map(({ name }) => name) ?? [];
  const scale = ticks(Math.max(...wall.flatMap((row) => row.systems.flatMap(({ values }) => values))) / 1000);
  const end = scale.at(-1) ?? 1;
  const at = (seconds: number) => left + (seconds / end) * width;
  const group = systems.length * bar + gap;
  const bottom = top + wall.length * group;
  return drawing(left + width + 40, bottom + 50, title, [
    text(20, 28, title, { size: 16, bold: true }),
    ...legend(systems, 20, 54),
    ...scale.flatMap((tick) => [
      line(at(tick), top - 6, at(tick), bottom, faint),
      text(at(tick), bottom + 18, String(tick), { anchor: "middle" }),
    ]),
    text(left + width / 2, bottom + 38, "wall time in seconds (shorter is faster)", { anchor: "middle" }),
    ...wall.flatMap((row, index) => {
      const y = top + index * group;
      return [
        text(left - 10, y + (systems.length * bar) / 2 + 4, row.text, { anchor: "end" }),
        ...row.systems.flatMap(({ values }, place) => {
          const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)].map(
            (milliseconds) => at(milliseconds / 1000),
          ) as [number, number, number];
          const center = y + place * bar + bar / 2;
          return [
            box(left, y + place * bar + 1, middle - left, bar - 2, colours[place % colours.length] ?? ink),
            line(low, center, high, center, ink, 1.5),
          ];
        }),
      ];
    }),
  ]);
}

/** A panel for each thing that there can be many of, and in it a line for each action. */
export function drawCurves(
  title: string,
  curves: readonly Curve[],
  names: Readonly<Record<keyof Curve["wall"], string>>,
): string {
  const [left, top, width, height, apart] = [70, 104, 330, 260, 100];
  const actions = Object.keys(names) as (keyof Curve["wall"])[];
  const panels = curves.flatMap(({ what, sizes, wall }, panel) => {
    const x0 = left + panel * (width + apart);
    const bottom = top + height;
    const medians = actions.map((action) => wall[action].map((values) => median(values) / 1000));
    const scale = ticks(Math.max(...medians.flat()));
    const x = (size: number) => x0 + (size / Math.max(...sizes)) * width;
    const y = (seconds: number) => bottom - (seconds / (scale.at(-1) ?? 1)) * height;
    return [
      ...scale.flatMap((tick) => [
        line(x0, y(tick), x0 + width, y(tick), faint),
        text(x0 - 8, y(tick) + 4, String(tick), { anchor: "end" }),
      ]),
      text(x0 - 40, top - 14, "wall time in seconds", { size: 12 }),
      ...sizes.map((size) => text(x(size), bottom + 18, String(size), { anchor: "middle" })),
      text(x0 + width / 2, bottom + 38, what, { anchor: "middle" }),
      ...medians.flatMap((values, index) => {
        const colour = colours[index % colours.length] ?? ink;
        const points = values.map((seconds, place) => [x(sizes[place] ?? 0), y(seconds)] as const);
        return [
          `<polyline fill="none" stroke="${colour}" stroke-width="2.5" points="${points.map((point) => point.map((part) => part.toFixed(1)).join(",")).join(" ")}"/>`,
          ...points.map(
            ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="4" fill="${colour}"/>`,
          ),
        ];
      }),
    ];
  });
  return drawing(left + curves.length * (width + apart) - apart + 40, top + height + 54, title, [
    text(20, 28, title, { size: 16, bold: true }),
    ...legend(Object.values(names), 20, 54),
    ...panels,
  ]);
}
