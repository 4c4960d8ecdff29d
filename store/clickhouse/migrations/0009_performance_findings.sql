-- Realised and estimated performance speaks for itself, beside drift, quality and SLOs.

ALTER TABLE findings MODIFY COLUMN kind Enum8('drift' = 1, 'quality' = 2, 'slo' = 3, 'performance' = 4);
