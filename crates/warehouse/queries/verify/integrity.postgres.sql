-- PostgreSQL checks its pages itself.
SELECT 'ok'
