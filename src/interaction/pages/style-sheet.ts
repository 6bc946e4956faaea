/** The one style sheet, without the colours of the brand, which are `--fill`, `--on-fill`, `--fill-hover` and `--ink`. */
const rules = `
*, *::before, *::after { box-sizing: border-box; }
:root {
  color-scheme: light dark;
  --ground: #f3f4f7;
  --card: #ffffff;
  --text: #161a22;
  --soft: #555d6b;
  --line: #e0e3e9;
  --edge: #868e9c;
  --tile: #eef0f4;
  --bad: #a8201a;
  --bad-ground: #fdf1f0;
  --good: #17653a;
  --good-ground: #eef8f1;
  --care: #704700;
  --care-ground: #fff7e3;
  --shade: 0 1px 2px rgb(16 24 40 / .04), 0 12px 32px -12px rgb(16 24 40 / .14);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1014;
    --card: #171a20;
    --text: #eceef3;
    --soft: #a8afbc;
    --line: #2b303a;
    --edge: #7b8392;
    --tile: #232831;
    --bad: #ffb3ab;
    --bad-ground: #33191a;
    --good: #86dba6;
    --good-ground: #14291d;
    --care: #f3cf87;
    --care-ground: #2c2414;
    --shade: none;
  }
}
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  min-height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-font-smoothing: antialiased;
  overflow-wrap: anywhere;
}
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.018em; text-wrap: balance; }
h2 { font-size: 1.0625rem; line-height: 1.35; font-weight: 650; letter-spacing: -.008em; }
h3 { font-size: 1rem; line-height: 1.4; font-weight: 600; }
p { text-wrap: pretty; }
a { color: var(--ink); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
svg { display: block; flex: none; }
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.small { font-size: .875rem; line-height: 1.45; }
.stack > * + * { margin-top: 1rem; }
.stack-tight > * + * { margin-top: .25rem; }
.stack-wide > * + * { margin-top: 1.5rem; }

.skip { position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: .75rem 1rem; background: var(--card); border-radius: .5rem; }
.skip:focus { top: 1rem; }
.brand { display: flex; align-items: center; gap: .625rem; font-weight: 650; letter-spacing: -.01em; color: var(--text); text-decoration: none; min-width: 0; }
.brand img { display: block; height: 2rem; max-width: 10rem; object-fit: contain; }
.brand-tile { display: grid; place-items: center; flex: none; width: 2rem; height: 2rem; border-radius: .5625rem; background: var(--fill); color: var(--on-fill); font-size: 1rem; font-weight: 700; line-height: 1; box-shadow: inset 0 0 0 1px var(--fill-edge); }

.alone { padding: clamp(1.5rem, 9vh, 6rem) 1.25rem 2.5rem; align-items: center; gap: 1.75rem; }
.alone > .brand { justify-content: center; max-width: 100%; }
.alone > main { width: 100%; max-width: 27rem; padding: 2.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 1.125rem; box-shadow: var(--shade); }

.asker { display: flex; flex-wrap: wrap; align-items: center; gap: .875rem; padding-bottom: 1.5rem; margin-bottom: 1.5rem; border-bottom: 1px solid var(--line); }
:is(.asker, .who, .who-asks) > div:last-child { flex: 1 1 9rem; min-width: 0; }
.tile { position: relative; display: grid; place-items: center; flex: none; width: 3rem; height: 3rem; border-radius: .75rem; overflow: hidden; background: var(--tile); color: var(--soft); font-size: 1.25rem; font-weight: 650; line-height: 1; }
.tile img { display: block; max-width: 100%; max-height: 100%; }
.tile img::after { content: attr(alt); position: absolute; inset: 0; display: grid; place-items: center; background: var(--tile); }
.tile.of-person { width: 2.25rem; height: 2.25rem; border-radius: 50%; font-size: .9375rem; }
.names { display: flex; flex-wrap: wrap; align-items: center; column-gap: .5rem; row-gap: .125rem; }
.names strong { font-weight: 650; }
.badge { display: inline-flex; align-items: center; gap: .25rem; padding: .0625rem .5rem .0625rem .3125rem; border-radius: 1rem; font-size: .75rem; line-height: 1.25rem; font-weight: 600; }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.care { background: var(--care-ground); color: var(--care); }
.badge.mark { padding-left: .5rem; background: var(--tile); color: var(--text); }

.notice { display: flex; gap: .625rem; padding: .75rem .875rem; border-radius: .75rem; font-size: .9375rem; line-height: 1.45; }
.notice svg { margin-top: .125rem; }
.notice p { min-width: 0; }
.notice.bad { background: var(--bad-ground); color: var(--bad); }
.notice.bad a { color: inherit; }
.notice.good { background: var(--good-ground); color: var(--good); }
.notice.care { background: var(--care-ground); color: var(--care); }
.notice:focus { outline: 2px solid; outline-offset: 0; }

label { display: block; margin-bottom: .375rem; font-size: .9375rem; font-weight: 550; }
input:not([type=checkbox]) { display: block; width: 100%; min-height: 3rem; padding: .625rem .875rem; border: 1px solid var(--edge); border-radius: .6875rem; background: var(--card); color: var(--text); font: inherit; font-size: 1rem; }
input:not([type=checkbox]):focus { outline: 3px solid var(--ink); outline-offset: -1px; border-color: transparent; }
input[aria-invalid=true] { border-color: var(--bad); border-width: 2px; padding: calc(.625rem - 1px) calc(.875rem - 1px); }
input.code { font-variant-numeric: tabular-nums; font-size: 1.25rem; letter-spacing: .18em; }
.hint, .fault { margin-top: .375rem; font-size: .875rem; line-height: 1.4; }
.hint { color: var(--soft); }
.fault { color: var(--bad); font-weight: 550; }
.check { display: flex; align-items: center; gap: .625rem; min-height: 2.75rem; margin: 0; font-weight: 400; }
.check input { flex: none; width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--ink); }
.with-button { position: relative; }
.with-button input:not([type=checkbox]) { padding-right: 6rem; }
.with-button button { position: absolute; right: .25rem; top: 50%; translate: 0 -50%; width: auto; min-height: 2.5rem; padding: 0 .75rem; border-color: transparent; background: transparent; color: var(--ink); font-size: .875rem; }

button, .button { display: flex; align-items: center; justify-content: center; gap: .5rem; width: 100%; min-height: 3rem; padding: .625rem min(1.125rem, 5vw); border: 1px solid var(--edge); border-radius: .6875rem; background: var(--card); color: var(--text); font: inherit; font-weight: 600; line-height: 1.3; text-align: center; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { background: var(--tile); }
[data-sent] button { cursor: progress; opacity: .6; }
.main { border-color: var(--fill-edge); background: var(--fill); color: var(--on-fill); }
.main:hover { background: var(--fill-hover); }
.danger { color: var(--bad); }
.narrow { width: auto; min-height: 2.75rem; }
.link { width: auto; min-height: 2.75rem; padding: 0; border: 0; background: none; color: var(--ink); text-decoration: underline; text-underline-offset: .2em; text-decoration-thickness: 1px; font-weight: 400; }
.link:hover { background: none; text-decoration-thickness: 2px; }
.actions { display: grid; gap: .75rem; }
.or { display: flex; align-items: center; gap: .875rem; color: var(--soft); font-size: .875rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
summary { display: inline-flex; align-items: center; min-height: 2.75rem; color: var(--ink); text-decoration: underline; text-underline-offset: .2em; text-decoration-thickness: 1px; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
details[open] > summary { margin-bottom: .5rem; }
.foot { text-align: center; font-size: .9375rem; color: var(--soft); }
.foot a { display: inline-block; padding: .625rem .125rem; }

.who { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; padding: .75rem; border: 1px solid var(--line); border-radius: .75rem; }
.who a { display: inline-block; padding: .25rem 0; }
.list > li { display: flex; flex-wrap: wrap; align-items: flex-start; gap: .25rem .75rem; padding: .625rem 0; }
.list > li + li { border-top: 1px solid var(--line); }
.list svg { margin-top: .1875rem; color: var(--ink); }
.list > li > span:not(.badge) { min-width: 0; flex: 1 1 min(10rem, 70%); }
.list .badge { margin-top: .125rem; }
.choices { display: grid; gap: .625rem; }
.choices button { justify-content: flex-start; gap: .875rem; padding: .75rem .875rem; text-align: left; font-weight: 400; }
.choices button > span:last-child { min-width: 0; }
.choices strong { display: block; font-weight: 600; }
.facts { display: grid; gap: .25rem; font-size: .875rem; }
.facts > div { display: flex; flex-wrap: wrap; column-gap: .75rem; }
.facts dt { flex: 0 1 6.75rem; color: var(--soft); }
.facts dd { flex: 1 1 9rem; min-width: 0; }
.waiting { display: flex; align-items: center; gap: .75rem; }
.waiting i { flex: none; width: 1.25rem; height: 1.25rem; border: 2px solid var(--line); border-top-color: var(--ink); border-radius: 50%; }

.account { gap: 0; }
.account > header { background: var(--card); border-bottom: 1px solid var(--line); }
.bar { display: flex; align-items: center; gap: .25rem 1rem; flex-wrap: wrap; justify-content: space-between; width: 100%; max-width: 48rem; margin: 0 auto; padding: .875rem 1.25rem; }
.bar > * { min-width: 0; }
.account nav { width: 100%; max-width: 48rem; margin: 0 auto; padding: 0 .625rem; }
.account nav ul { display: flex; flex-wrap: wrap; }
.account nav a { display: block; padding: .625rem; border-bottom: 3px solid transparent; color: var(--soft); text-decoration: none; font-weight: 550; }
.account nav a:hover { color: var(--text); }
.account nav a[aria-current] { color: var(--text); border-bottom-color: var(--ink); }
.account > main { width: 100%; max-width: 48rem; margin: 0 auto; padding: 2.25rem 1.25rem 4rem; }
.panel { padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.panel form + form { margin-top: .75rem; }
.fields { max-width: 24rem; }
.row { display: flex; flex-wrap: wrap; align-items: flex-start; justify-content: space-between; gap: .75rem 1.25rem; }
.row > :first-child { flex: 1 1 14rem; min-width: 0; }
.tools { display: flex; flex-wrap: wrap; column-gap: 1.25rem; }
.tools > details[open] { flex: 1 0 100%; }
.who-asks { display: flex; flex-wrap: wrap; gap: .5rem .875rem; }
.scan { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.scan > div { flex: 1 1 14rem; min-width: 0; }
.split > * + * { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.dots { padding-left: 1.125rem; list-style: disc; }
.dots ::marker { color: var(--edge); }
.qr { width: 11.5rem; max-width: 100%; height: auto; border-radius: .75rem; border: 1px solid var(--line); forced-color-adjust: none; }
.codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 100%), 1fr)); gap: .5rem; }
.codes li { padding: .5rem .75rem; background: var(--tile); border-radius: .5rem; text-align: center; }
.codes code { font-size: 1rem; }

@media (prefers-reduced-motion: no-preference) {
  button, .button, input { transition: background-color .12s, border-color .12s; }
  .waiting i { animation: turn 1s linear infinite; }
  @keyframes turn { to { rotate: 1turn; } }
}
@media (max-width: 30rem) {
  .alone { padding: 1.25rem 0 2rem; gap: .5rem; background: var(--card); }
  .alone > .brand { padding: 0 1.25rem; align-self: stretch; justify-content: flex-start; }
  .alone > main { max-width: none; padding: 1.25rem min(1.25rem, 6vw); border: 0; border-radius: 0; box-shadow: none; }
  .account > main { padding: 1.5rem min(1.25rem, 6vw) 4rem; }
  .account nav { padding: 0 .75rem; }
  .account nav a { padding: .625rem .5rem; }
  .panel { padding: 1.125rem min(1.125rem, 5vw); }
}
[data-display=popup] body { font-size: .9375rem; }
[data-display=popup] h1 { font-size: 1.25rem; }
[data-display=popup] .alone { padding: .875rem 0 1.25rem; gap: 0; background: var(--card); }
[data-display=popup] .alone > .brand { padding: 0 1.25rem; align-self: stretch; justify-content: flex-start; font-size: .875rem; }
[data-display=popup] .brand img, [data-display=popup] .brand-tile { height: 1.5rem; }
[data-display=popup] .brand-tile { width: 1.5rem; border-radius: .4375rem; font-size: .8125rem; }
[data-display=popup] .alone > main { max-width: 30rem; padding: .875rem 1.25rem; border: 0; border-radius: 0; box-shadow: none; }
[data-display=popup] .asker { gap: .75rem; padding-bottom: .75rem; margin-bottom: .875rem; }
[data-display=popup] .asker .tile { width: 2.25rem; height: 2.25rem; font-size: 1rem; }
[data-display=popup] .stack > * + * { margin-top: .75rem; }
[data-display=popup] .stack-wide > * + * { margin-top: 1rem; }
[data-display=popup] .stack-tight > * + * { margin-top: .125rem; }
[data-display=popup] :is(input:not([type=checkbox]), button:not(.link), .button) { min-height: 2.75rem; padding-block: .4375rem; }
[data-display=popup] .with-button button { min-height: 2.25rem; padding-block: 0; }
[data-display=popup] .actions { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem; }
[data-display=popup] .who { padding: .5rem .75rem; }
[data-display=popup] .list > li { padding: .4375rem 0; }
[data-display=popup] .foot a { padding-block: .375rem; }

[data-display=touch] :is(input:not([type=checkbox]), button:not(.link), .button) { min-height: 3.5rem; padding-block: .875rem; }
[data-display=touch] .with-button button { min-height: 3rem; padding-block: 0; }
[data-display=touch] :is(.link, summary, .check) { min-height: 3.5rem; }
[data-display=touch] .check input { width: 1.75rem; height: 1.75rem; }
[data-display=touch] :is(.actions, .choices) { gap: 1rem; }
[data-display=touch] :is(.foot a, .who a, .asker a) { display: inline-block; padding-block: .75rem; }
@media (forced-colors: active) {
  .tile, .brand-tile, .badge, .notice, .codes li { border: 1px solid; }
  .account nav a { border-bottom-color: Canvas; }
  .account nav a[aria-current] { border-bottom-color: Highlight; }
}
`;

/** The ground that links and focus are seen on, in light and in dark: the darker and the lighter one that there is. */
export const grounds = { light: '#eef0f4', dark: '#232831' } as const;

/** `rules` without the white space that only the source needs. */
export const styleSheet = rules.replace(/\n\s*/g, '');
