-- What the interval of R² needs beside the sums that are there. Hours that were counted before have no such sums, which is
-- not the same as sums of 0; a monitor of numbers counts its history again.
ALTER TABLE outcome_cohorts
  ADD COLUMN IF NOT EXISTS truth_cu Float64 DEFAULT nan AFTER truth_sq,
  ADD COLUMN IF NOT EXISTS truth_quad Float64 DEFAULT nan AFTER truth_cu,
  ADD COLUMN IF NOT EXISTS error_sq_truth Float64 DEFAULT nan AFTER truth_quad,
  ADD COLUMN IF NOT EXISTS error_sq_truth_sq Float64 DEFAULT nan AFTER error_sq_truth;
