// Draws the charts of a page, each when it is first near the view, and reads their points out.
const tip = document.getElementById("tooltip");

function show(value, x, y) {
  tip.textContent = Object.entries(value).map(([key, text]) => `${key}: ${text}`).join("\n");
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
  tip.style.top = `${y + box.height + 24 > innerHeight ? Math.max(4, y - box.height - 12) : y + 16}px`;
}

function hide() {
  tip.hidden = true;
}

function told(_, event, __, value) {
  if (value && typeof value === "object") show(value, event.clientX, event.clientY);
  else hide();
}

// What draws is packed: it is unpacked beside everything else, and charts wait for it.
const look = JSON.parse(document.getElementById("look").textContent);
async function unpacked() {
  const bytes = Uint8Array.from(atob(document.getElementById("vega").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}
const ready = unpacked();

const NARROW = 600; // pixels below which labels take several lines

function fitted(spec, narrow) {
  const { extra = 0, labels = 0 } = spec.usermeta || {};
  if (!narrow || !labels) return spec;
  for (const row of spec.datasets.rows) if (row.lines) row.label = row.lines;
  spec.height += extra * labels;
  for (const { mark } of spec.layer) {
    if (mark.type === "text") mark.dy -= extra / 2;
    else mark.yOffset = (mark.yOffset || 0) + extra / 2;
  }
  return spec;
}

function draw(chart) {
  if (chart.dataset.drawn) return;
  const narrow = chart.clientWidth > 0 && chart.clientWidth < NARROW;
  chart.dataset.drawn = narrow ? "narrow" : "wide";
  const spec = fitted(JSON.parse(chart.querySelector("script").textContent), narrow);
  ready.then(() => vegaEmbed(chart.querySelector(".plot"), { ...look, ...spec }, {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, hover: false, tooltip: told, logLevel: 1,
  }));
}

function readable(chart) {
  let current = -1;
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const points = [...chart.querySelectorAll("svg path, svg rect, svg line, svg text")]
      .filter((node) => node.__data__ && node.__data__.tooltip);
    if (!points.length || (step === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    points.forEach((node) => node.classList.remove("current"));
    if (step === undefined) return hide();
    current = (current + step + points.length) % points.length;
    const node = points[current];
    node.classList.add("current");
    const box = node.getBoundingClientRect();
    show(node.__data__.tooltip, box.right, box.bottom);
  });
  chart.addEventListener("blur", () => {
    hide();
    chart.querySelectorAll(".current").forEach((node) => node.classList.remove("current"));
  });
}

const charts = [...document.querySelectorAll(".chart")];
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "600px" });
charts.forEach((chart) => { readable(chart); near.observe(chart); });

// What is not near is drawn whenever the page has nothing else to do; folded charts wait.
function rest(idle) {
  const next = charts.filter((chart) => !chart.dataset.drawn && chart.checkVisibility());
  while (next.length && (idle.didTimeout || idle.timeRemaining() > 5)) draw(next.shift());
  if (next.length) later(rest);
}
const later = window.requestIdleCallback || ((work) => setTimeout(() => work({ didTimeout: false, timeRemaining: () => 10 }), 50));
later(rest);

// What is folded is unfolded for paper, and folded again after it.
let opened = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    opened.push(details);
  }
  charts.filter((chart) => !chart.closest(".evidence, .sections")).forEach(draw);
});
addEventListener("afterprint", () => {
  opened.forEach((details) => { details.open = false; });
  opened = [];
});

// A window that becomes narrow or wide has its labels in as many lines as they need.
addEventListener("resize", () => {
  for (const chart of charts) {
    if (!chart.dataset.drawn || !chart.clientWidth) continue;
    if ((chart.dataset.drawn === "narrow") === (chart.clientWidth < NARROW)) continue;
    delete chart.dataset.drawn;
    draw(chart);
  }
  wide();
});

// A table that is cut off says so.
function wide() {
  for (const box of document.querySelectorAll(".scroll")) {
    box.classList.toggle("more", box.scrollWidth > box.clientWidth + 1);
  }
}
document.addEventListener("toggle", () => { wide(); later(rest); }, true);
wide();

// A link into a fold opens it.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let node = target; node; node = node.parentElement) {
    if (node.tagName === "DETAILS") node.open = true;
  }
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) reveal();
});
if (location.hash) reveal();

// The claims of a run, filtered and in another order.
const ORDERS = {
  rank: (a, b) => a.dataset.rank - b.dataset.rank,
  statement: (a, b) => a.querySelector(".statement").textContent
    .localeCompare(b.querySelector(".statement").textContent),
};
for (const form of document.querySelectorAll(".tools")) {
  const flat = form.parentElement.querySelector(".sorted");
  const sections = form.parentElement.querySelector(".sections");
  const claims = [...sections.querySelectorAll(".claim")];
  const homes = new Map(claims.map((claim) => [claim, claim.parentElement]));
  const apply = () => {
    const { find, verdict, order } = form.elements;
    const wanted = find.value.trim().toLowerCase();
    const bySection = order.value === "section";
    const filtered = Boolean(wanted || verdict.value);
    const placed = bySection ? claims : [...claims].sort(ORDERS[order.value]);
    for (const claim of placed) {
      (bySection ? homes.get(claim) : flat).append(claim);
      claim.hidden = !claim.textContent.toLowerCase().includes(wanted)
        || Boolean(verdict.value && claim.dataset.verdict !== verdict.value);
    }
    flat.hidden = bySection;
    sections.hidden = !bySection;
    for (const part of sections.querySelectorAll(":scope > details")) {
      const any = part.querySelector(".claim:not([hidden])") !== null;
      part.hidden = !any;
      if (filtered) part.open = any;
    }
    form.querySelector("output").textContent =
      `${claims.filter((claim) => !claim.hidden).length} of ${claims.length} claims`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}
addEventListener("scroll", hide, { passive: true });
document.documentElement.dataset.ready = "yes";
