// A shared tablet is cleared for the next person after three minutes without use. In the last minute a warning counts down,
// and any use ends it. A code form that nobody has touched needs no warning. A page in the background waits until it is seen.
(function () {
  var box = document.getElementById("idle"), left = box.querySelector(".left");
  var isUsed = !document.getElementById("code"), last, timer;
  function use() {
    last = Date.now();
    box.hidden = true;
  }
  function look() {
    if (document.hidden) return;
    var seconds = 180 - Math.floor((Date.now() - last) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      location.replace(box.dataset.next);
    } else if (seconds <= 60 && isUsed) {
      left.textContent = Math.floor(seconds / 60) + ":" + ("0" + (seconds % 60)).slice(-2);
      box.hidden = false;
    }
  }
  ["pointerdown", "pointermove", "touchstart", "wheel", "scroll", "keydown", "input", "focusin", "hashchange"].forEach(function (name) {
    addEventListener(name, function () { isUsed = true; use(); }, { capture: true, passive: true });
  });
  addEventListener("pageshow", use); // also when the browser shows a page again that it kept
  timer = setInterval(look, 1000);
  use();
  try { localStorage.setItem("shared", "yes"); } catch (error) { /* no storage */ }
})();
