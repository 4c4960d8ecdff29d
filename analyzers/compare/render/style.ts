/** The report's whole style: two themes by one property each, no font or image from elsewhere. Contrast is 4.5:1 or more. */
export const STYLE = `
:root{color-scheme:light dark;--bg:light-dark(#f5f6f9,#101419);--surface:light-dark(#fff,#171c22);--line:light-dark(#dbe0e8,#2a323c);
--text:light-dark(#161b22,#e8edf3);--muted:light-dark(#525d6b,#a3afbd);--accent:light-dark(#0b5394,#6cb6ef);
--ok:light-dark(#2b7a5b,#3fb8a0);--bad:light-dark(#7a0010,#f58068);--bad-soft:light-dark(#fae6e7,#3a1a15);--ok-soft:light-dark(#e5f3ec,#12302a);
--none:light-dark(#3f4650,#dde3ea);--none-soft:light-dark(#eceff3,#242c36);--r:light-dark(#7fb6d8,#2f6d92);--r-line:light-dark(#0072b2,#56b4e9);--c:light-dark(#c24e00,#e69f00)}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:980px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1{font-size:26px;line-height:1.25;margin:14px 0 6px;letter-spacing:-.01em}
h2{font-size:17px;margin:0;overflow-wrap:anywhere}
h3{font-size:13px;font-weight:500;color:var(--muted);margin:14px 0 0}
p{margin:0 0 10px}
.muted,footer{color:var(--muted)}
.eyebrow{font-size:13px;color:var(--muted);margin:0}
.files{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin:18px 0 8px}
.files div{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:12px 16px;overflow-wrap:anywhere}
.files dt{font-size:13px;color:var(--muted);display:flex;gap:8px;align-items:center}
.files dd{margin:2px 0 0;font-weight:600}.files dd+dd{font-weight:400;color:var(--muted)}
.files dl{margin:0}
.key{display:inline-block;width:22px;height:10px}.key.r{background:var(--r)}.key.c{border:2px dashed var(--c)}
.badge{display:inline-flex;gap:6px;align-items:center;white-space:nowrap;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:600}
.drift{color:var(--bad);background:var(--bad-soft)}.ok{color:var(--ok);background:var(--ok-soft)}
.not_enough_data,.not_compared{color:var(--none);background:var(--none-soft)}.not_enough_data{outline:1px dashed var(--muted)}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:10px;margin:18px 0 28px}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;padding:12px 16px 4px;font-weight:600}
th,td{text-align:left;padding:7px 16px;border-top:1px solid var(--line);vertical-align:middle}
thead th{border-top:0;font-size:13px;color:var(--muted);font-weight:500}
tbody th{font-weight:600;overflow-wrap:anywhere}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
article{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:0 0 16px;scroll-margin-top:12px}
article>header{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin:0 0 8px;padding:0;max-width:none}
article>header .muted{font-size:13px}
figure{margin:14px 0 6px}
svg{display:block;width:100%;height:auto;max-width:760px;font-size:12px}
svg text{fill:var(--muted)}svg .n{fill:var(--text)}
svg .g{stroke:var(--line)}svg .r{fill:var(--r)}svg .c{fill:none;stroke:var(--c);stroke-width:2;stroke-dasharray:5 3}
svg .cb{fill:none;stroke:var(--c);stroke-width:1.5;stroke-dasharray:4 2}
svg.bar{width:120px}.track{fill:var(--none-soft)}.over{fill:var(--bad)}.under{fill:var(--r-line)}.limit{stroke:var(--text);stroke-width:1.5}
summary{cursor:pointer;color:var(--accent);font-size:14px;padding:4px 0}
details .scroll{margin:8px 0}
details.rest>summary{font-size:15px;font-weight:600;padding:10px 0}
footer{padding-top:8px;padding-bottom:40px;font-size:13px}
@media(max-width:640px){.files{grid-template-columns:1fr}th,td{padding:7px 10px}.all tbody th{min-width:9em}.all td:nth-child(3),.all thead th:nth-child(3){display:none}main,header,footer{padding-left:14px;padding-right:14px}}
@media(forced-colors:active){svg .r,.under{fill:GrayText}svg .c,svg .cb{stroke:CanvasText}.over{fill:CanvasText}}
@media print{:root{color-scheme:light}article{break-inside:avoid}}
`;
