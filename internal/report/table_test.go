package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/report"
)

func write(t *testing.T, table report.Table, style report.Style) string {
	t.Helper()
	var b strings.Builder
	if err := table.Write(&b, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	t.Parallel()
	plain := report.Style{Width: 40}
	for name, c := range map[string]struct {
		table report.Table
		style report.Style
		want  string
	}{
		"columns": {report.Table{Head: []string{"ID", "NAME"}, Rows: [][]string{{"1", "Ada"}, {"1000", "Bo"}}}, plain,
			"ID    NAME\n1     Ada\n1000  Bo\n"},
		"numbers stand right": {report.Table{Head: []string{"N", "X"}, Rows: [][]string{{"1", "a"}, {"1000", "b"}}, Right: map[int]bool{0: true}}, plain,
			"   N  X\n   1  a\n1000  b\n"},
		"nothing after the last cell": {report.Table{Head: []string{"A", "B"}, Rows: [][]string{{"long cell", ""}}}, plain,
			"A          B\nlong cell\n"},
		"wide characters": {report.Table{Head: []string{"NAME", "X"}, Rows: [][]string{{"日本語", "a"}, {"👩‍👩‍👧", "b"}, {"e\u0301", "c"}, {"Ada", "d"}}}, plain,
			"NAME    X\n日本語  a\n👩‍👩‍👧      b\ne\u0301       c\nAda     d\n"},
		"the widest column gives": {report.Table{Head: []string{"ID", "TEXT"}, Rows: [][]string{{"1", strings.Repeat("word ", 20)}}}, report.Style{Width: 20},
			"ID  TEXT\n1   word word word …\n"},
		"a wide character is not cut in half": {report.Table{Head: []string{"ID", "TEXT"}, Rows: [][]string{{"1", strings.Repeat("日", 20)}}}, report.Style{Width: 13},
			"ID  TEXT\n1   日日日日…\n"},
		"no head":     {report.Table{Rows: [][]string{{"a", "b"}}}, plain, "a  b\n"},
		"ragged rows": {report.Table{Head: []string{"A"}, Rows: [][]string{{"1", "2", "3"}, {}}}, plain, "A\n1  2  3\n\n"},
		"narrower than can be": {report.Table{Head: []string{"AAAAAAAA", "BBBBBBBB"}, Rows: nil}, report.Style{Width: 1},
			"A…  B…\n"},
		"colours change no widths": {report.Table{Head: []string{"A", "B"}, Rows: [][]string{{"x", "y"}}, Paint: func(_, col int, text string) string {
			if col == 0 {
				return report.Style{Color: true}.Bad(text)
			}
			return text
		}}, report.Style{Width: 40, Color: true}, "\x1b[90mA\x1b[0m  \x1b[90mB\x1b[0m\n\x1b[1;31mx\x1b[0m  y\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, write(t, c.table, c.style)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

type brokenWriter struct{}

var errBroken = errors.New("no room")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestTableSaysThatItCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	table := report.Table{Rows: [][]string{{"a"}}}
	if err := table.Write(brokenWriter{}, report.Style{Width: 40}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
}

// Whatever stands in the cells: lines are as wide as the screen at most, and every column starts at the same place.
func FuzzTable(f *testing.F) {
	f.Add("Ada", "日本語", "x", 40)
	f.Add(strings.Repeat("w", 500), "\x1b[31m", "👩‍👩‍👧 🇩🇪", 60)
	f.Add("e\u0301\u0302", "\u202eabc", "", 25)
	f.Fuzz(func(t *testing.T, a, b, c string, width int) {
		width = max(24, min(300, width))
		a, b, c = report.Safe(a), report.Safe(b), report.Safe(c)
		rows := [][]string{{a, b, c, "|"}, {b, c, a, "|"}, {c, a, b, "|"}}
		var out strings.Builder
		table := report.Table{Head: []string{"ONE", "TWO", "THREE", "|"}, Rows: rows}
		if err := table.Write(&out, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		at := -1
		for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
			w := report.Width(line)
			if w > max(width, 3*6+1+6) {
				t.Fatalf("%q is %d wide in a screen of %d", line, w, width)
			}
			if at >= 0 && w != at {
				t.Fatalf("the last column starts elsewhere in %q:\n%s", line, out.String())
			}
			at = w
		}
	})
}

func BenchmarkTable(b *testing.B) {
	table := report.Table{Head: []string{"ID", "NAME", "ANSWER"}}
	for i := range 50 {
		table.Rows = append(table.Rows, []string{fmt.Sprint(i), "Ada Byron 日本", strings.Repeat("an answer of some words ", 8)})
	}
	for b.Loop() {
		var out strings.Builder
		if err := table.Write(&out, report.Style{Width: 120}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTableKeepsAndDropsColumns(t *testing.T) {
	t.Parallel()
	table := func() report.Table {
		return report.Table{Head: []string{"WHEN", "TEXT", "N"}, Rows: [][]string{{"2026-01-05 09:00", "some longer text", "1"}, {"2026-01-06 10:30", "x", "1000"}},
			Right: map[int]bool{2: true}, Keep: map[int]bool{0: true, 2: true}, Grow: 1}
	}
	want := "WHEN              TEXT       N\n2026-01-05 09:00  some …     1\n2026-01-06 10:30  x       1000\n"
	if diff := cmp.Diff(want, write(t, table(), report.Style{Width: 30})); diff != "" {
		t.Errorf("columns to keep: %s", diff)
	}
	want = "WHEN   TEXT       N\n2026-…  some …     1\n2026-…  x       1000\n"
	if got := write(t, table(), report.Style{Width: 20}); strings.Count(got, "1000") != 1 || !strings.Contains(got, "2026-") || report.Width(strings.SplitN(got, "\n", 2)[0]) > 22 {
		t.Errorf("cut further: %q, something like %q", got, want)
	}
	less := table()
	less.Drop("WHEN", "NOTHING")
	if diff := cmp.Diff("TEXT                 N\nsome longer text     1\nx                 1000\n", write(t, less, report.Style{Width: 30})); diff != "" {
		t.Errorf("without a column: %s", diff)
	}
}
