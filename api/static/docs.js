// Starts Swagger UI. A browser's session needs its CSRF word on what changes something.
"use strict";

const csrf = document.querySelector('meta[name="csrf"]').content;

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (csrf && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRF-Token"] = csrf;
    }
    return request;
  },
});
