// Before anything is painted: the theme chosen last, else that of the system.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("keras-estimators-theme"); } catch { /* not kept then */ }
  const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  document.documentElement.classList.add("scripted");
})();
