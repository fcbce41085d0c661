/* Draws figures (their layout is the engine's) with ECharts as SVG, in the colours of the theme. */
"use strict";

(() => {
  const drawn = new Map();
  const WAIT = 120;

  /* Custom properties hold light-dark(): a probe's computed colour is what really applies. */
  function palette() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      ink: read("ink"), soft: read("ink-2"), faint: read("ink-3"), line: read("line"),
      surface: read("surface"), raised: read("raised"), low: read("chart-low"),
      series: [1, 2, 3, 4, 5, 6].map((place) => read(`chart-${place}`)),
    };
    probe.remove();
    return found;
  }

  const show = (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return "–";
    if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
    return value.toLocaleString("en-GB", { maximumSignificantDigits: 4 });
  };
  const title = (axis) => (axis.label && axis.unit ? `${axis.label} (${axis.unit})` : axis.label || axis.unit || "");
  const alpha = (colour, share) => colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);
  const SHARES = new Set(["calibration", "roc", "precision-recall"]);
  const DASHES = ["solid", [7, 4], [2, 3], [9, 3, 2, 3]];
  const MARKS = ["circle", "diamond", "triangle", "rect"];

  function frame(figure, look) {
    const many = figure.series.length > 1;
    const beside = figure.kind === "bar" || figure.kind === "heatmap" ? "" : title(figure.y);
    return {
      title: { show: Boolean(beside), text: beside, left: 0, top: many ? 26 : 2, padding: 0, textStyle: { color: look.faint, fontSize: 12, fontWeight: 400 } },
      animation: false,
      aria: { enabled: false },
      color: look.series,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: look.soft, fontSize: 12 },
      grid: { left: 8, right: 20, top: (many ? 34 : 12) + (beside ? 18 : 0), bottom: title(figure.x) ? 28 : 8, containLabel: true },
      legend: {
        show: many, type: "scroll", top: 2, left: 0, right: 0, pageIconColor: look.soft, pageIconInactiveColor: look.line, pageTextStyle: { color: look.soft }, padding: 0, itemWidth: 22, itemHeight: 9, icon: figure.kind === "histogram" ? "rect" : undefined,
        textStyle: { color: look.soft }, inactiveColor: look.line,
      },
      tooltip: {
        trigger: "axis", confine: true, backgroundColor: look.raised, borderColor: look.line, borderWidth: 1,
        textStyle: { color: look.ink, fontSize: 12 }, renderMode: "richText",
        axisPointer: { type: "line", lineStyle: { color: look.faint, width: 1, type: "dashed" } },
        valueFormatter: show,
      },
    };
  }

  function axis(figure, which, look, more = {}) {
    const spec = figure[which];
    const lower = which === "x";
    return {
      type: "value", name: lower ? title(spec) : "", nameLocation: "middle", nameGap: 26,
      nameTextStyle: { color: look.faint, fontSize: 12 },
      axisLine: { show: lower, lineStyle: { color: look.faint } },
      axisTick: { show: lower, lineStyle: { color: look.line } },
      axisLabel: { color: look.soft, hideOverlap: true, formatter: show },
      splitLine: { show: !lower, lineStyle: { color: look.line } },
      scale: true, ...(SHARES.has(figure.kind) ? { min: 0, max: 1, scale: false } : {}), ...more,
    };
  }

  const names = (spec, look, more = {}) => ({
    type: "category", data: spec.categories, axisLine: { lineStyle: { color: look.faint } }, axisTick: { show: false },
    axisLabel: { color: look.soft, width: 150, overflow: "truncate", interval: 0 }, ...more,
  });

  /* Whiskers or bands about the points. */
  function whiskers(series, place, look, sideways) {
    return {
      type: "custom", name: series.name, silent: true, z: 5, tooltip: { show: false }, legendHoverLink: false,
      data: series.x.map((x, index) => [x, series.low[index], series.high[index]]),
      encode: sideways ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] },
      renderItem: (params, api) => {
        const at = (value) => (sideways ? api.coord([value, api.value(0)]) : api.coord([api.value(0), value]));
        const offset = place.count > 1 ? (place.index - (place.count - 1) / 2) * place.step(api) : 0;
        const shift = ([x, y]) => (sideways ? [x, y + offset] : [x + offset, y]);
        const [low, high] = [shift(at(api.value(1))), shift(at(api.value(2)))];
        const cap = 4;
        const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: look.ink, lineWidth: 1.4 } });
        const ends = [low, high].map(([x, y]) => (sideways ? line(x, y - cap, x, y + cap) : line(x - cap, y, x + cap, y)));
        return { type: "group", children: [line(...low, ...high), ...ends] };
      },
    };
  }

  function bars(figure, look) {
    const along = figure.x.categories.length ? figure.x : figure.y;
    const across = along === figure.x ? figure.y : figure.x;
    const count = figure.series.length;
    const ordered = (series) => along.categories.map((_, place) => {
      const at = series.x.indexOf(place);
      return at < 0 ? null : series.y[at];
    });
    const step = (api) => (Math.abs(api.size([0, 1])[1]) * 0.62) / count;
    return {
      ...frame(figure, look),
      grid: { left: 8, right: 24, top: count > 1 ? 36 : 8, bottom: title(across) ? 28 : 8, containLabel: true },
      xAxis: axis({ ...figure, x: across }, "x", look, { scale: false, splitLine: { show: true, lineStyle: { color: look.line } }, axisLine: { show: false } }),
      yAxis: names(along, look, { inverse: true }),
      series: figure.series.flatMap((series, index) => [
        { type: "bar", name: series.name, data: ordered(series), barCategoryGap: "38%", barGap: "0%", barMaxWidth: 18, itemStyle: { borderRadius: 2 } },
        ...(series.low.length ? [whiskers(series, { index, count, step }, look, true)] : []),
      ]),
    };
  }

  function histogram(figure, look) {
    const centres = figure.series[0].x;
    const bins = figure.x.categories.length ? figure.x.categories : centres.map(show);
    return {
      ...frame(figure, look),
      xAxis: names({ categories: bins }, look, { name: title(figure.x), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint }, axisLabel: { color: look.soft, hideOverlap: true } }),
      yAxis: axis(figure, "y", look, { scale: false }),
      series: figure.series.map((series, place) => ({
        type: "bar", name: series.name, data: series.y, barGap: "-100%", barCategoryGap: "4%",
        itemStyle: { color: alpha(look.series[place], place ? 0.45 : 0.5), borderColor: look.series[place], borderWidth: 1 },
      })),
    };
  }

  function band(series, place, look) {
    const common = { type: "line", stack: `band-${place}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, stackStrategy: "all" };
    return [
      { ...common, data: series.x.map((x, index) => [x, series.low[index]]) },
      { ...common, data: series.x.map((x, index) => [x, series.high[index] - series.low[index]]), areaStyle: { color: alpha(look.series[place], 0.16) } },
    ];
  }

  function lines(figure, look) {
    const category = figure.x.categories.length > 0;
    const points = figure.kind === "calibration" || figure.series.every((series) => series.x.length <= 40);
    const stepped = figure.kind === "roc" || figure.kind === "precision-recall";
    const drawnLines = figure.series.flatMap((series, place) => [
      ...(series.low.length && figure.kind !== "calibration" ? band(series, place, look) : []),
      {
        type: "line", name: series.name, data: series.x.map((x, index) => [x, series.y[index]]), z: 4,
        color: look.series[place % look.series.length], lineStyle: { width: 2, type: DASHES[place % DASHES.length] },
        symbol: MARKS[place % MARKS.length], symbolSize: 7, showSymbol: points && !stepped, step: figure.kind === "roc" ? "end" : false,
      },
      ...(series.low.length && figure.kind === "calibration" ? [whiskers(series, { index: 0, count: 1 }, look, false)] : []),
    ]);
    if (figure.kind === "calibration" || figure.kind === "roc") {
      drawnLines.unshift({
        type: "line", data: [[0, 0], [1, 1]], symbol: "none", silent: true, tooltip: { show: false }, z: 1,
        lineStyle: { color: look.faint, width: 1, type: "dashed" },
      });
    }
    return {
      ...frame(figure, look),
      xAxis: category ? { ...names(figure.x, look, { axisLabel: { color: look.soft, hideOverlap: true } }), name: title(figure.x), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.faint } } : axis(figure, "x", look),
      yAxis: axis(figure, "y", look),
      series: drawnLines,
    };
  }

  function scatter(figure, look) {
    const many = figure.series.some((series) => series.x.length > 400);
    return {
      ...frame(figure, look),
      tooltip: { ...frame(figure, look).tooltip, trigger: "item", formatter: ({ seriesName, value }) => `${seriesName}\n${title(figure.x)}: ${show(value[0])}\n${title(figure.y)}: ${show(value[1])}` },
      xAxis: figure.x.categories.length ? names(figure.x, look) : axis(figure, "x", look),
      yAxis: axis(figure, "y", look),
      series: figure.series.map((series, place) => ({
        type: "scatter", name: series.name, symbol: MARKS[place % MARKS.length], symbolSize: many ? 4 : 7,
        itemStyle: { color: look.series[place % look.series.length], opacity: many ? 0.45 : 0.75 },
        data: series.x.map((x, index) => [x, series.y[index]]),
      })),
    };
  }

  function heatmap(figure, look) {
    const rows = figure.y.categories.length ? figure.y.categories : figure.series.map((series) => series.name);
    const cells = figure.series.flatMap((series, row) => series.x.map((x, index) => [x, row, series.y[index]]));
    const values = cells.map((cell) => cell[2]).filter(Number.isFinite);
    const [least, most] = [Math.min(0, ...values), Math.max(...values)];
    const labelled = cells.length <= 120;
    const strong = (value) => value - least > 0.55 * (most - least);
    return {
      ...frame({ ...figure, series: [] }, look),
      tooltip: { ...frame(figure, look).tooltip, trigger: "item", formatter: ({ value }) => `${figure.x.categories[value[0]]}, ${rows[value[1]]}: ${show(value[2])}` },
      xAxis: names(figure.x, look, { name: title(figure.x), nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.faint }, axisLabel: { color: look.soft, hideOverlap: true } }),
      yAxis: names({ categories: rows }, look, { inverse: true }),
      visualMap: { show: false, min: least, max: most, inRange: { color: [look.low, look.series[0]] } },
      series: [{
        type: "heatmap", itemStyle: { borderColor: look.surface, borderWidth: 2 },
        data: cells.map((cell) => ({ value: cell, label: { color: strong(cell[2]) ? look.surface : look.ink } })),
        label: { show: labelled, fontSize: 11, formatter: ({ value }) => show(value[2]) },
      }],
    };
  }

  const KINDS = { bar: bars, histogram, scatter, heatmap, line: lines, calibration: lines, roc: lines, "precision-recall": lines };

  function draw(place) {
    if (!place.clientWidth) return;
    const figure = JSON.parse(place.dataset.figure); // an attribute: htmx lets no script pass, not even data
    const make = KINDS[figure.kind] || lines;
    const chart = drawn.get(place) || window.echarts.init(place, null, { renderer: "svg" });
    drawn.set(place, chart);
    chart.setOption(make(figure, palette()), { notMerge: true });
  }

  const near = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }), { rootMargin: "300px" });
  const watch = (part) => part.querySelectorAll("[data-figure]").forEach((place) => near.observe(place));

  function again() {
    [...drawn].forEach(([place, chart]) => {
      if (!place.isConnected) { chart.dispose(); drawn.delete(place); } else { chart.resize(); draw(place); }
    });
  }

  let timer;
  const soon = () => { clearTimeout(timer); timer = setTimeout(again, WAIT); };
  window.addEventListener("resize", soon);
  document.addEventListener("assay:theme", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("htmx:load", (event) => { again(); watch(event.detail.elt); });
  watch(document);
})();
