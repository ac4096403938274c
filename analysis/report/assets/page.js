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

function draw(chart) {
  if (chart.dataset.drawn) return;
  chart.dataset.drawn = "yes";
  const spec = JSON.parse(chart.querySelector("script").textContent);
  vegaEmbed(chart.querySelector(".plot"), spec, {
    mode: "vega-lite", renderer: "svg", actions: false, hover: false, tooltip: told, logLevel: 1,
  });
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
charts.forEach((chart) => near.observe(chart));

// What is not near is drawn whenever the page has nothing else to do; folded charts wait.
function rest(idle) {
  const next = charts.filter((chart) => !chart.dataset.drawn && chart.checkVisibility());
  while (next.length && (idle.didTimeout || idle.timeRemaining() > 5)) draw(next.shift());
  if (next.length) later(rest);
}
const later = window.requestIdleCallback || ((work) => setTimeout(() => work({ didTimeout: false, timeRemaining: () => 10 }), 50));
later(rest);

addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  charts.forEach(draw);
});
addEventListener("scroll", hide, { passive: true });
document.documentElement.dataset.ready = "yes";
