// A text with its labels painted, for reading: static text in blocks, labels as <mark>. Nothing in it can be edited,
// so no input method can alter the text.
import { memo, useMemo, type CSSProperties, type ReactNode, type Ref } from "react";
import { blockLabels, blocksOf, segmentsOf, type Segment } from "../annotation/blocks";
import type { Label, Labels, Span } from "../annotation/label";

/** What a label is shown as: set by a person, or one of the ways in which a prediction meets the labels. */
export type Tone = "label" | "suggested" | "missed" | "spurious" | "wrong";

export interface TonedLabel extends Label {
  readonly tone?: Tone;
  /** Shown behind the name. */
  readonly note?: string;
  /** Shown where the mouse rests. */
  readonly title?: string;
}

/** Colours of categories: hues in degrees. */
export type Hues = ReadonlyMap<string, number>;

interface SpanTextProps {
  readonly text: string;
  readonly labels: readonly TonedLabel[];
  readonly hues: Hues;
  readonly className?: string;
  readonly ref?: Ref<HTMLDivElement>;
}

export function SpanText({ text, labels, hues, className = "", ref }: SpanTextProps) {
  return (
    <div className={`span-text ${className}`} ref={ref}>
      <Blocks text={text} labels={labels} hues={hues} />
    </div>
  );
}

/** The blocks alone, for a container that listens to mouse and keyboard. */
export function Blocks({ text, labels, hues }: Pick<SpanTextProps, "text" | "labels" | "hues">) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  const distribute = useMemo(() => blockLabels(blocks), [blocks]);
  const own = useMemo(() => distribute(labels), [distribute, labels]);
  return blocks.map((block, i) => (
    <Block key={block.start} text={text} start={block.start} end={block.end} labels={own[i] as Labels} hues={hues} />
  ));
}

interface BlockProps extends Span {
  readonly text: string;
  readonly labels: readonly TonedLabel[];
  readonly hues: Hues;
}

const Block = memo(function Block({ text, start, end, labels, hues }: BlockProps) {
  return (
    <div className="block" data-start={start}>
      {segmentsOf({ start, end }, labels).map((segment) => (
        <Piece key={segment.start} text={text} segment={segment} hues={hues} />
      ))}
    </div>
  );
});

function Piece({ text, segment, hues }: { text: string; segment: Segment; hues: Hues }) {
  return segment.labels.reduceRight<ReactNode>(
    (inner, label: TonedLabel) => (
      <mark
        className={`${label.tone ?? "label"}${label.start === segment.start ? " opens" : ""}`}
        data-label={label.end === segment.end ? label.category : undefined}
        data-note={label.note}
        title={label.title}
        style={{ "--hue": hues.get(label.category) ?? 0 } as CSSProperties}
      >
        {inner}
      </mark>
    ),
    text.slice(segment.start, segment.end),
  );
}
