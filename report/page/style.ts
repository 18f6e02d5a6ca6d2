import { maxSteps } from '../summary/influence-rounds.ts'

/** The slider of rounds: the n-th radio button shows the n-th step of the drawing. */
const steps = Array.from(
  { length: maxSteps },
  (_, i) => `.rounds input:nth-of-type(${i + 1}):checked ~ svg .step:nth-of-type(${i + 1}) { display: inline; }`,
).join('\n')

/** The style sheet of reports: system fonts, dark on white, legible in print. */
export const styleSheet = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1b1b1b; font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 20px 40px; }
header { display: grid; grid-template-columns: 1fr auto; gap: 4px 24px; align-items: start; }
h1 { margin: 0; font-size: 25px; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 44px 0 10px; font-size: 18px; border-top: 1px solid #dedede; padding-top: 18px; }
h3 { margin: 0 0 2px; font-size: 15px; }
p { margin: 0 0 6px; }
.question { margin: 2px 0 0; font-size: 16px; color: #444; max-width: 62em; }
.setting { margin: 2px 0 0; color: #5c5c5c; font-size: 13px; }
.badge { display: inline-flex; align-items: center; gap: 8px; padding: 7px 14px 7px 10px; border-radius: 6px; border: 2px solid; font-weight: 650; font-size: 16px; white-space: nowrap; }
.badge svg { display: block; }
.pass { color: #00664a; border-color: #009e73; background: #f0faf6; }
.fail { color: #9c3d00; border-color: #d55e00; background: #fdf3ec; }
.verdict { margin: 12px 0 0; padding: 0; list-style: none; max-width: 96em; }
.verdict li { padding: 1px 0 1px 22px; position: relative; }
.verdict li::before { content: "–"; position: absolute; left: 6px; color: #5c5c5c; }
.verdict li.holds::before { content: "✓"; color: #00664a; font-weight: 700; left: 3px; }
.verdict li.misses::before { content: "✗"; color: #9c3d00; font-weight: 700; left: 3px; }
.first { display: grid; grid-template-columns: minmax(0, 1fr) 344px; gap: 28px; margin-top: 14px; align-items: start; }
figure { margin: 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { color: #5c5c5c; font-size: 13px; margin: 0 0 6px; max-width: 84em; }
.more { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 32px 40px; align-items: start; }
.main { margin-top: 18px; }
.file { white-space: nowrap; }
.file code { font-size: 12px; }
section > figure + figure, table + figure, .wide + figure { margin-top: 28px; }
.rounds { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 4px; font-size: 13px; }
.rounds input { margin: 0 0 0 8px; accent-color: #0072b2; }
.rounds svg { flex-basis: 100%; margin-top: 4px; }
.rounds .step { display: none; }
${steps}
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 4px 20px 4px 0; vertical-align: top; border-bottom: 1px solid #ececec; }
th { font-weight: 600; border-bottom: 1px solid #8a8a8a; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.cells td { white-space: nowrap; }
.cells th:not(.path) { white-space: normal; vertical-align: bottom; }
.cells th.number { min-width: 8em; }
summary { cursor: pointer; margin: 10px 0; }
td.path, th.path { white-space: nowrap; }
td.value { overflow-wrap: anywhere; min-width: 10em; }
.dim { color: #5c5c5c; }
.byzantine { color: #9c3d00; font-weight: 600; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 6px 0; padding: 10px 12px; background: #f5f5f5; border-radius: 6px; overflow-x: auto; }
footer { margin-top: 40px; color: #5c5c5c; font-size: 13px; }
@media (max-width: 900px) { .first, .more, header { grid-template-columns: minmax(0, 1fr); } }
@media screen and (max-width: 700px) { figure { overflow-x: auto; } figure svg { max-width: none; } }
@media print { .first { grid-template-columns: minmax(0, 1fr) 220px; gap: 16px; } .more { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 24px; } .more figure { font-size: 12px; } .wide { overflow: visible; } table { font-size: 11px; } th, td { padding-right: 10px; } .cells td { white-space: normal; } .rounds > :not(svg) { display: none; } .rounds svg .step:nth-of-type(n) { display: none !important; } .rounds svg .step:last-of-type { display: inline !important; } main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } figure, tr { break-inside: avoid; } .badge, pre { print-color-adjust: exact; } }
`
