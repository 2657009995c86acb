// A shared tablet returns to the start three minutes after the last touch.
(function () {
  var timer;
  function start() {
    clearTimeout(timer);
    timer = setTimeout(function () { location.replace("/kiosk/next"); }, 180000);
  }
  ["pointerdown", "keydown", "input", "scroll"].forEach(function (name) { addEventListener(name, start, { passive: true }); });
  start();
})();
