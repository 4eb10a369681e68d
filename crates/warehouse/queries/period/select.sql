SELECT period, closed, decided_by, decided_at, frozen_version FROM period ORDER BY period
