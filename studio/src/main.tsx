import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { App } from "./App";
import { holdTabLock } from "./saving/drafts";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import { applyStoredTheme } from "./theme";

applyStoredTheme();
holdTabLock();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What the service refused it will refuse again; everything else may pass.
      retry: (failures, error) => failures < 3 && !(error instanceof ApiError && error.status < 500),
    },
    mutations: { retry: false },
  },
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
