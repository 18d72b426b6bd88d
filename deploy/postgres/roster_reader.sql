-- The role that Grafana reads the roster with: one view, and nothing else of the people's store.
-- Run by roster_reader.sh, as the owner of the view; a second run changes nothing but the password.
\set ON_ERROR_STOP on
\set password `cat "$GRAFANA_PASSWORD_FILE"`

BEGIN;
SELECT 'CREATE ROLE outfall_grafana'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'outfall_grafana') \gexec
ALTER ROLE outfall_grafana
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT CONNECTION LIMIT 8 PASSWORD :'password';
ALTER ROLE outfall_grafana SET default_transaction_read_only = on;
ALTER ROLE outfall_grafana SET statement_timeout = '10s';
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM outfall_grafana;
GRANT SELECT ON on_shift_turns TO outfall_grafana;
COMMIT;
