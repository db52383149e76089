package suite

import (
	"askflow/internal/prompttest"
)

// Options say what of a portal's tests is run, and how.
type Options struct {
	// Names are tests, files or workflows; none for all.
	Names []string
	// Filter is a text in a test's name, a case's name, a record's id or its name; "" for everything. Case does not count. Tests without
	// such a case are left out, and what is reached of workflows is not counted.
	Filter string
	// Matrix beats the tests' own, dimension by dimension; nil for none.
	Matrix *prompttest.Matrix
	// Repeat beats the tests' own; 0 for what they say.
	Repeat int
	// Answers, Seed, Now and Era beat what the tests and the portal say; zero values leave it to them.
	Answers, Now, Era string
	Seed              int64
	// MaxCost is the most that all cells and judges together may cost, in US dollars; "" for the portal's own limit.
	MaxCost     string
	Concurrency int
	// FailFast stops as soon as a test cannot pass any more: at the first case that fails in a cell that may lose none, and otherwise
	// behind the first cell that stays under its threshold.
	FailFast bool
	// Threshold beats the tests' own; nil for what they say.
	Threshold *float64
	// MinCoverage is the least percentage, 0 to 100, of each workflow that must be reached; nil for any.
	MinCoverage *float64
	// Baseline is what the results are held against; nil for nothing.
	Baseline         Baseline
	FailOnRegression bool
	// Rescore is a stored run that is held against the expectations instead of running anything; "" for none.
	Rescore string
	// Keep stores every run of every cell, as emulator run does.
	Keep bool
	// Details keeps every case for reports; nil keeps only failures.
	Details *Details
	// Progress is told how far the tests are; nil for nobody.
	Progress func(Progress)

	// partly tells that only some tests of a watched portal run, so that a filter may leave nothing of them.
	partly bool
	// seen is told of every case.
	seen func(k Key, c *prompttest.CaseResult, answer string)
}

// Progress is how far a test run is.
type Progress struct {
	Test, Cell string
	// Number counts the cells of all tests, from 1; Of is how many there are.
	Number, Of int
	// Records of this cell that were looked at, of Total in the input.
	Records, Total int64
	Failed         int64
}
