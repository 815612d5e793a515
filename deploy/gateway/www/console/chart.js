// Lines that grow to the right, by Chart.js, which is loaded when the first one is shown.

const m = window.m;

const palettes = {
  light: ['#0f6b57', '#b3541e', '#2b5fb8', '#8a3fa0'],
  dark: ['#5fc9ac', '#f0a35e', '#8ab4f8', '#d29be0'],
};
const palette = () =>
  palettes[window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'];
// Not by colour alone.
const dashes = [[], [8, 3], [2, 2], [9, 3, 2, 3]];

let loading = null;
function load() {
  loading = loading || new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/shared/library/chart.js';
    script.onload = () => resolve(window.Chart);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

const optionsFor = (colour) => ({
  animation: false, responsive: true, maintainAspectRatio: false,
  plugins: { legend: { position: 'bottom', labels: { boxWidth: 12, color: colour } } },
  elements: { point: { radius: 0 }, line: { borderWidth: 2 } },
  scales: {
    x: { display: false },
    y: { beginAtZero: true, ticks: { maxTicksLimit: 5, color: colour },
      grid: { color: '#8884' } },
  },
});

// `lines`: {name: [value, …]}, all of one length. `label` tells the chart's meaning to those who
// cannot see it; the numbers themselves stand in the table beside it.
export const Chart = () => {
  let chart = null, gone = false;
  function draw({ lines }) {
    if (!chart) return;
    const names = Object.keys(lines), colours = palette();
    chart.data.labels = (lines[names[0]] || []).map((_, i) => i);
    chart.data.datasets = names.map((name, i) => ({
      label: name, data: lines[name], borderColor: colours[i % colours.length],
      backgroundColor: colours[i % colours.length], borderDash: dashes[i % dashes.length],
      spanGaps: false,
    }));
    chart.update('none');
  }
  return {
    async oncreate(vnode) {
      const Library = await load();
      if (gone) return;
      const colour = getComputedStyle(document.body).color;
      chart = new Library(vnode.dom.querySelector('canvas'),
        { type: 'line', data: { labels: [], datasets: [] }, options: optionsFor(colour) });
      draw(vnode.attrs);
    },
    onupdate: (vnode) => draw(vnode.attrs),
    onremove() {
      gone = true;
      if (chart) chart.destroy();
    },
    view: (vnode) => m('figure.chart', m('figcaption', vnode.attrs.label),
      m('.canvas', m('canvas', { role: 'img', 'aria-label': vnode.attrs.label }))),
  };
};
