import { type EChartsOption, init } from "echarts";
import { median } from "../tests/support/statistics";
import type { Comparison } from "./compare";
import type { Curve } from "./growth";

/** The SVG of a chart, with its own background, so that it's readable on a dark page too. */
function draw(width: number, height: number, title: string, option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    // They differ in brightness too, for readers who do not see colours.
    color: ["#0b5394", "#e69138", "#8fb8de"],
    textStyle: { fontFamily: "sans-serif" },
    title: { text: title, left: 16, top: 12 },
    legend: { left: 16, top: 44, itemGap: 40 },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg.replace("<svg ", `<svg role="img" aria-label="${title}" `)}\n`;
}

const inSeconds = (values: readonly number[] = []) => Number((median(values) / 1000).toFixed(2));

/** A bar for the median of each system. */
export function drawBars(title: string, wall: Comparison["wall"]): string {
  const systems = wall[0]?.systems.map(({ name }) => name) ?? [];
  return draw(800, 130 + wall.length * 60, title, {
    grid: { left: 320, right: 32, top: 76, bottom: 48 },
    xAxis: {
      name: "wall time in seconds (shorter is faster)",
      nameLocation: "middle",
      nameGap: 32,
    },
    yAxis: { type: "category", inverse: true, data: wall.map(({ text }) => text) },
    series: systems.map((name, place) => ({
      type: "bar",
      name,
      data: wall.map((row) => inSeconds(row.systems[place]?.values)),
    })),
  });
}

/** A panel for each thing that there can be many of, and in it a line for each action. */
export function drawCurves(
  title: string,
  curves: readonly Curve[],
  names: Readonly<Record<keyof Curve["wall"], string>>,
): string {
  const share = 100 / curves.length;
  return draw(860, 430, title, {
    grid: curves.map((_, panel) => ({
      left: `${panel * share + 7}%`,
      width: `${share - 11}%`,
      top: 104,
      bottom: 56,
    })),
    xAxis: curves.map(({ what }, gridIndex) => ({
      gridIndex,
      name: what,
      nameLocation: "middle",
      nameGap: 32,
    })),
    yAxis: curves.map((_, gridIndex) => ({
      gridIndex,
      name: "wall time in seconds",
      nameTextStyle: { align: "left" },
    })),
    series: curves.flatMap(({ sizes, wall }, panel) =>
      Object.entries(names).map(([action, name]) => ({
        type: "line" as const,
        name,
        xAxisIndex: panel,
        yAxisIndex: panel,
        data: sizes.map((size, index) => [size, inSeconds(wall[action as keyof Curve["wall"]][index])]),
      })),
    ),
  });
}
