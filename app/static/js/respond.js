// A page that was opened for one card is not shown again for another. Each place in the history of a tab remembers the mark
// of its draft. Without scripts, forms and links still carry it.
(function () {
  var mark = document.currentScript.dataset.draft, before = history.state && history.state.draft;
  if (!mark) return;
  if (before && before !== mark) {
    document.documentElement.hidden = true;
    location.replace("/r/other-card");
  } else {
    var address = location.pathname + location.search.replace(/([?&])draft-mark=\w*&?/, "$1").replace(/[?&]$/, "");
    history.replaceState({ draft: mark }, "", address + location.hash);
  }
})();

// A scanned card has its code after the "#", which browsers do not send. Fill it in, and remove it from the address. The
// server reads it, in whatever way it is written; another card can be scanned while the page is open.
(function () {
  var box = document.getElementById("code"), notice = document.getElementById("not-shared");
  if (!box) return;
  function take() {
    var text = location.hash.slice(1), digits;
    if (!text) return;
    history.replaceState(null, "", location.pathname + location.search);
    try { text = decodeURIComponent(text); } catch (error) { /* not encoded */ }
    if (document.getElementById(text)) return; // a link within the page
    digits = text.replace(/[\s-]/g, "");
    box.value = /^[0-9]{15}$/.test(digits) ? digits.replace(/(...)(?=.)/g, "$1 ") : text;
  }
  addEventListener("hashchange", take);
  take();
  // A shared tablet that has lost its mode, for example because it was switched off, says so.
  try { if (notice && localStorage.getItem("shared")) notice.hidden = false; } catch (error) { /* no storage */ }
})();
