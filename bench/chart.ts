import { isReached, type Line } from './lines.ts';
import { formatQuantity, sideTitles } from './table.ts';

const width = 840;
const labelWidth = 300;
const rowHeight = 44;
const top = 56;
const barHeight = 18;
const right = 40;

/** Colours that both a white and a black page carry; the marks differ in form too. */
const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .quiet { fill: #57606a; font-size: 12px }
  .title { font-size: 15px; font-weight: 600 }
  .inside { fill: #ffffff; text-anchor: end; font-weight: 600 }
  .bar { fill: #2f6fdb }
  .bar.short { fill: #b35900 }
  .one { stroke: #8b949e; stroke-width: 1 }
  .goal { stroke: #24292f; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9da7b1 }
    .inside { fill: #0d1117 }
    .bar { fill: #5b9bff }
    .bar.short { fill: #e08a3c }
    .goal { stroke: #e6edf3 }
  }`;

interface RatioLine extends Line {
  readonly ratio: number;
}

function hasRatio(line: Line): line is RatioLine {
  return line.ratio !== null;
}

/** The ratios as an SVG: a bar for each, the other server's line at 1, a mark at what is to be reached. */
export function drawChart(lines: readonly Line[]): string {
  const rows = lines.filter(hasRatio);
  const longest = Math.max(1, ...rows.flatMap(({ ratio, goal }) => [ratio, goal?.value ?? 0]));
  const scale = (ratio: number): number => round((ratio / longest) * (width - labelWidth - right));
  const height = top + rows.length * rowHeight + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">Answers per second, as ratios to another server</title>',
    `<style>${style}\n</style>`,
    '<text class="title" x="0" y="18">Answers per second, as ratios</text>',
    '<text class="quiet" x="0" y="38">thin line: the other server (1) · thick mark: to reach · orange: short of it</text>',
    ...rows.map((line, index) => drawRow(line, top + index * rowHeight, scale)),
    '</svg>\n',
  ].join('\n');
}

function drawRow(line: RatioLine, y: number, scale: (ratio: number) => number): string {
  const { title, unit, ours, beside, ratio, goal } = line;
  const other = beside === null ? '' : `${sideTitles[beside.side]} ${formatQuantity(beside.figure, unit)}`;
  const end = labelWidth + scale(ratio);
  const kind = isReached(line) === false ? 'bar short' : 'bar';
  return [
    `<text x="0" y="${y + 13}">${escapeText(title)}</text>`,
    `<text class="quiet" x="0" y="${y + 29}">${escapeText(`${formatQuantity(ours, unit)} beside ${other}`)}</text>`,
    `<rect class="${kind}" x="${labelWidth}" y="${y + 4}" width="${scale(ratio)}" height="${barHeight}" rx="2"/>`,
    verticalLine('one', labelWidth + scale(1), y, barHeight + 8),
    ...(goal === null ? [] : [verticalLine('goal', labelWidth + scale(goal.value), y, barHeight + 8)]),
    `<text class="inside" x="${end - 6}" y="${y + 18}">${ratio.toFixed(2)}</text>`,
  ].join('\n');
}

function verticalLine(kind: string, x: number, y: number, height: number): string {
  return `<line class="${kind}" x1="${x}" x2="${x}" y1="${y}" y2="${y + height}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
