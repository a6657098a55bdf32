// How entity types look and which key sets them, the same on every page.
import type { Entity } from "./api/entities";
import type { Hues } from "./surface/SpanText";

/** The golden angle: neighbours in a list get hues far apart, however long the list grows. */
const ANGLE = 137.508;

export function huesOf(entities: readonly Pick<Entity, "category" | "color">[]): Hues {
  return new Map(entities.map(({ category, color }, i) => [category, hueOfColor(color) ?? Math.round((210 + i * ANGLE) % 360)]));
}

/** The hue of `#rrggbb` as OKLCH counts it, roughly; grey has none. Lightness is the theme's business. */
export function hueOfColor(color: string | undefined): number | undefined {
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(color ?? "") ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  const [r, g, b] = [red, green, blue].map((part) => (parseInt(part, 16) / 255) ** 2.2) as [number, number, number];
  // The opponent axes of OKLab, from linear sRGB.
  const l = Math.cbrt(0.4122 * r + 0.5363 * g + 0.0514 * b);
  const m = Math.cbrt(0.2119 * r + 0.6807 * g + 0.1074 * b);
  const s = Math.cbrt(0.0883 * r + 0.2817 * g + 0.63 * b);
  const [along, across] = [1.978 * l - 2.4286 * m + 0.4506 * s, 0.0259 * l + 0.7828 * m - 0.8087 * s];
  if (Math.hypot(along, across) < 0.02) return undefined;
  return Math.round((Math.atan2(across, along) * 180) / Math.PI + 360) % 360;
}

/** The key that sets each entity type that has one: as the service keeps it, so that none moves when a type goes. */
export function keysOf(entities: readonly Pick<Entity, "category" | "hotkey">[]): ReadonlyMap<string, string> {
  return new Map(entities.flatMap(({ category, hotkey }) => (hotkey === undefined ? [] : [[category, hotkey] as const])));
}
