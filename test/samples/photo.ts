// A colourful picture: an evening over hills, with a mill by the water.
import sharp from 'sharp';

const hill = (height: number, sway: number, colour: string) => {
  const points = Array.from({ length: 17 }, (_, index) => {
    const y = height - sway * Math.sin(index * 0.9 + height / 70) - (sway / 2) * Math.sin(index * 2.3);
    return `${index * 100},${y.toFixed(1)}`;
  });
  return `<polygon fill="${colour}" points="0,1000 ${points.join(' ')} 1600,1000"/>`;
};

const blades = [15, 105, 195, 285]
  .map(
    (turn) =>
      `<g transform="translate(1180 520) rotate(${turn})"><rect x="-6" y="-170" width="12" height="170" fill="#4a2c1a"/><rect x="6" y="-165" width="34" height="120" fill="#f7e6c4" stroke="#7a5230" stroke-width="3"/></g>`,
  )
  .join('');

const waves = Array.from(
  { length: 24 },
  (_, index) =>
    `<rect x="${(index * 337) % 1500}" y="${870 + ((index * 53) % 120)}" width="${60 + ((index * 71) % 140)}" height="4" rx="2" fill="#ffe2a8" opacity="0.5"/>`,
).join('');

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1000">
  <defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#2b2d6e"/><stop offset="0.45" stop-color="#c0487a"/>
      <stop offset="0.75" stop-color="#ff9a4d"/><stop offset="1" stop-color="#ffd98a"/>
    </linearGradient>
    <radialGradient id="sun"><stop offset="0" stop-color="#fffbe0"/><stop offset="0.35" stop-color="#ffe08a"/><stop offset="1" stop-color="#ffb45e" stop-opacity="0"/></radialGradient>
    <linearGradient id="water" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e88a5a"/><stop offset="1" stop-color="#33407f"/></linearGradient>
  </defs>
  <rect width="1600" height="700" fill="url(#sky)"/>
  <circle cx="430" cy="470" r="260" fill="url(#sun)"/><circle cx="430" cy="470" r="80" fill="#fff3c4"/>
  ${hill(600, 60, '#7c4a8d')}${hill(690, 45, '#4c5a96')}${hill(770, 35, '#2f6b5f')}${hill(830, 20, '#3f8a4a')}
  <polygon points="1120,820 1240,820 1222,520 1138,520" fill="#e9d3b0"/><polygon points="1128,525 1232,525 1180,450" fill="#8c2f2f"/>
  <rect x="1163" y="740" width="34" height="80" rx="17" fill="#5a3a22"/><rect x="1166" y="610" width="28" height="36" fill="#ffd76a"/>
  ${blades}
  <rect y="850" width="1600" height="150" fill="url(#water)"/>${waves}
</svg>`;

/** 1600 × 1000 pixels. */
export async function makePhoto(): Promise<Buffer> {
  return await sharp(Buffer.from(drawing))
    .removeAlpha()
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
}
