package report_test

import (
	"strings"
	"testing"

	"askflow/internal/report"
)

// However small the terminal, a line of a table stays on its line.
func TestTablesFitTinyTerminals(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 45, 50} {
		table := report.Table{Head: []string{"RUN", "WORKFLOW", "STATUS", "WHEN", "RECORDS", "FAILED", "COST"}, Grow: 1, Keep: map[int]bool{0: true, 3: true},
			Rows: [][]string{{"r5", "Lead qualification", "COMPLETED", "2026-11-23 18:27", "1,000,000", "100,000", "$0.0012345"}}}
		var out strings.Builder
		if err := table.Write(&out, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(out.String(), "\n") {
			if w := report.Width(line); w > width {
				t.Errorf("at %d columns a line takes %d: %q", width, w, line)
			}
		}
	}
}
