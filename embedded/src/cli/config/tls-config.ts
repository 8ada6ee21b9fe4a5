import type { TlsConfig } from "../../runtime/host-config.js";

/** `tls_config` of Encore's infra config file. */
export interface TlsSettings {
  disabled: boolean;
  ca?: string | undefined;
  client_cert?: { cert: string; key: string } | undefined;
  disable_tls_hostname_verification: boolean;
  disable_ca_validation: boolean;
}

/** What `tls_config: {}` means: encrypted and verified. */
export const DEFAULT_TLS: TlsSettings = {
  disabled: false,
  disable_tls_hostname_verification: false,
  disable_ca_validation: false,
};

/** How a connection is encrypted; undefined: not at all. `clientCert` goes before that of the settings. */
export function tlsConfig(settings: TlsSettings, clientCert = settings.client_cert): TlsConfig | undefined {
  if (settings.disabled) return undefined;
  return {
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
    ...clientCert,
    verify: !settings.disable_ca_validation,
    verifyHost: !settings.disable_tls_hostname_verification,
  };
}
