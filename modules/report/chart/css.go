package chart

// CSS is the style that drawings need; a page has it once, and a file of its
// own has it within. The variables may be set anew by a page.
const CSS = `
:root{--hg-paper:#fff;--hg-ink:#1b2230;--hg-soft:#5c6675;--hg-rule:#e4e7ec;--hg-stable:#2563c9;--hg-candidate:#d4620a;--hg-good:#17804a;--hg-bad:#c92a3a;--hg-quiet:#8a94a3}
@media (prefers-color-scheme:dark){:root{--hg-paper:#171c25;--hg-ink:#e7ebf1;--hg-soft:#9aa5b5;--hg-rule:#2c3440;--hg-stable:#72a9ff;--hg-candidate:#ff9d4d;--hg-good:#4fc48c;--hg-bad:#ff6f78;--hg-quiet:#77818f}}
.hg-chart{display:block;max-width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
.hg-chart .hg-paper{fill:var(--hg-paper)}
.hg-stable{--hg-tone:var(--hg-stable)}.hg-candidate{--hg-tone:var(--hg-candidate)}.hg-good{--hg-tone:var(--hg-good)}.hg-bad{--hg-tone:var(--hg-bad)}.hg-quiet{--hg-tone:var(--hg-quiet)}
.hg-line{fill:none;stroke:var(--hg-tone);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.hg-dashed{stroke-width:1.5;stroke-dasharray:1 4}
.hg-area{fill:var(--hg-tone);fill-opacity:.14;stroke:none}
.hg-dot{fill:var(--hg-tone)}
.hg-grid{stroke:var(--hg-rule);fill:none}
.hg-mark{stroke:var(--hg-quiet);stroke-opacity:.55;stroke-dasharray:2 3;fill:none}
.hg-limit{stroke:var(--hg-tone);stroke-dasharray:6 4;fill:none}
.hg-label{fill:var(--hg-tone)}
.hg-name{fill:var(--hg-ink)}
.hg-tick{fill:var(--hg-soft)}
.hg-hint{fill:transparent}
.hg-hint:hover{fill:var(--hg-quiet);fill-opacity:.12}
`
