// Search in pages that are opened as files. A browser lets such a page neither fetch the index nor start
// a worker; it does let it load scripts. So the index comes as a script, and the worker's script runs in
// a hidden frame.
if (location.protocol === "file:") {
  const assets = new URL(".", document.currentScript.src);
  const index = new Promise(resolve => { window.searchIndexLoaded = resolve; });
  const script = document.createElement("script");
  script.src = new URL("../search/search_index.js", assets);
  document.head.append(script);
  window.__search = {index};

  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise(resolve => { frame.onload = () => resolve(frame.contentWindow); });
      frame.srcdoc = `<script>postMessage = data => frameElement.answer(data)<\/script><script src="${url}"><\/script>`;
      frame.answer = data => this.dispatchEvent(new MessageEvent("message", {data}));
      document.body.append(frame);
    }
    postMessage(data) {
      this.ready.then(frame => frame.dispatchEvent(new MessageEvent("message", {data})));
    }
  };
}
