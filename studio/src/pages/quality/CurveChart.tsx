import type { Curve } from "../../api/quality";

const WIDTH = 640;
const HEIGHT = 280;
const LEFT = 56;
const BOTTOM = 36;
const TOP = 10;

/** Measured points with their intervals, the fitted curve with its band, dashed beyond the last point. */
export function CurveChart({ curve }: { readonly curve: Curve }) {
  const { points, fitted } = curve;
  const last = points.at(-1)?.nLabels ?? 0;
  const most = Math.max(1, last, ...(fitted?.nLabels ?? []));
  const x = (labels: number) => LEFT + (labels / most) * (WIDTH - LEFT - 10);
  const y = (f1: number) => TOP + (1 - f1) * (HEIGHT - TOP - BOTTOM);
  const line = (labels: readonly number[], values: readonly number[]) =>
    labels.map((n, i) => `${i === 0 ? "M" : "L"}${x(n).toFixed(1)} ${y(values[i] ?? 0).toFixed(1)}`).join(" ");
  const split = fitted?.nLabels.findIndex((n) => n > last) ?? -1;
  return (
    // The table below says the same.
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="F1 by number of labels">
      {[0, 0.25, 0.5, 0.75, 1].map((f1) => (
        <g key={f1}>
          <line className="gridline" x1={LEFT} x2={WIDTH - 10} y1={y(f1)} y2={y(f1)} />
          <text x={LEFT - 8} y={y(f1) + 4} textAnchor="end">
            {100 * f1} %
          </text>
        </g>
      ))}
      {ticks(most).map((n) => (
        <text key={n} x={x(n)} y={HEIGHT - 18} textAnchor="middle">
          {n}
        </text>
      ))}
      <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 2} textAnchor="middle">
        labels
      </text>
      {fitted !== null && (
        <>
          <path
            className="band"
            d={`${line(fitted.nLabels, fitted.high)} ${line(fitted.nLabels.toReversed(), fitted.low.toReversed()).replace("M", "L")} Z`}
          />
          <path className="fit" d={line(fitted.nLabels.slice(0, split < 0 ? undefined : split), fitted.f1)} />
          {split > 0 && <path className="fit forecast" d={line(fitted.nLabels.slice(split - 1), fitted.f1.slice(split - 1))} />}
        </>
      )}
      {points.map(({ nLabels, nDocuments, f1, f1Interval }) => (
        <g key={nDocuments}>
          <line className="interval" x1={x(nLabels)} x2={x(nLabels)} y1={y(f1Interval[0])} y2={y(f1Interval[1])} />
          <circle className="point" cx={x(nLabels)} cy={y(f1)} r={4} />
        </g>
      ))}
    </svg>
  );
}

/** Round numbers up to `most`, about five. */
function ticks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}
