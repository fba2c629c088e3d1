// Inlined after each saved output: takes the bundle out of a data attribute and lets it draw. Constant; nothing of the
// user's is in it. The bundle is imported once a page; a failure leaves the words that stand in the element.
(async () => {
  const d = document;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt());
  const shared = (self.__mlopsWidgets ??= {});
  for (const el of d.querySelectorAll("[data-mw]")) {
    const t = el.dataset;
    const k = t.mw;
    if (!el.mw)
      try {
        el.mw = 1;
        const m = await (shared[k] ||= (async () => {
          const code =
            d.querySelector(`[data-mw="${k}"][data-mw-code]`)?.dataset.mwCode ??
            d.querySelector("script#mw-code-" + k).text;
          const script = await new Response(
            new Blob([bytes(code)]).stream().pipeThrough(new DecompressionStream("gzip")),
          ).text();
          return import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
        })());
        m.mount(el, JSON.parse(t.mwView), bytes);
        t.mwOn = 1;
      } catch (e) {
        t.mwError = e;
        shared[k] = el.mw = 0;
      }
  }
})();
