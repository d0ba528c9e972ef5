// What makes delivering easier; every page works without it.
"use strict";

const form = document.querySelector("[data-upload]");
if (form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop]");
  const error = document.getElementById("file-error");
  form.querySelector("[data-drag]").hidden = false;

  const check = () => {
    const file = input.files[0];
    const tooLarge = file && file.size > Number(form.dataset.max);
    error.textContent = tooLarge
      ? `Die Datei ist zu groß: Angenommen werden höchstens ${Math.max(1, Math.floor(Number(form.dataset.max) / 1e6))} MB.`
      : "";
    error.hidden = !tooLarge;
    if (tooLarge) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    return !tooLarge;
  };
  input.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) event.preventDefault();
  });

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    check();
    input.focus();
  });
}

if (document.querySelector("[data-waiting]")) {
  const ask = async () => {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!response.ok || response.redirected || !page.querySelector("[data-waiting]")) return location.reload();
    } catch {
      // the page is away for a moment
    }
    setTimeout(ask, 2000);
  };
  setTimeout(ask, 2000);
}
