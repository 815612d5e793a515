// Lines that grow to the right, by Chart.js, which is loaded when the first one is shown.

const m = window.m;

const palette = ['#0f6b57', '#b3541e', '#2b5fb8', '#8a3fa0'];

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
  elements: { point: { radius: 0 }, line: { borderWidth: 2, tension: 0.2 } },
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
    const names = Object.keys(lines);
    chart.data.labels = (lines[names[0]] || []).map((_, i) => i);
    chart.data.datasets = names.map((name, i) => ({
      label: name, data: lines[name], borderColor: palette[i % palette.length],
      backgroundColor: palette[i % palette.length], spanGaps: false,
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
