SELECT period, closed, decided_by, decided_at FROM period ORDER BY period
