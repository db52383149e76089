package testreport_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/testreport"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files again")

// form is one way to write a report.
type form struct {
	golden string
	report func() *prompttest.Report
	write  func(io.Writer, *prompttest.Report) error
}

func forms() map[string]form {
	inText := func(style report.Style, opt testreport.TextOptions) func(io.Writer, *prompttest.Report) error {
		return func(w io.Writer, r *prompttest.Report) error { return testreport.Text(w, style, r, opt) }
	}
	return map[string]form{
		"text 120":         {"text-120.golden", sampleReport, inText(report.Style{Width: 120}, testreport.TextOptions{Again: " --demo"})},
		"text 80":          {"text-80.golden", sampleReport, inText(report.Style{Width: 80, Terminal: true}, testreport.TextOptions{})},
		"text verbose":     {"text-verbose.golden", sampleReport, inText(report.Style{Width: 120}, testreport.TextOptions{Verbose: true})},
		"text compact":     {"text-compact.golden", sampleReport, inText(report.Style{Width: 80, Terminal: true}, testreport.TextOptions{Compact: true})},
		"text passed":      {"text-passed.golden", passedReport, inText(report.Style{Width: 80}, testreport.TextOptions{})},
		"json":             {"report.json.golden", sampleReport, testreport.JSON},
		"jsonl":            {"report.jsonl.golden", sampleReport, testreport.JSONLines},
		"junit":            {"report.xml.golden", sampleReport, testreport.JUnit},
		"markdown":         {"report.md.golden", sampleReport, testreport.Markdown},
		"markdown, passed": {"passed.md.golden", passedReport, testreport.Markdown},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := written(t, f.report(), f.write)
			path := filepath.Join("testdata", f.golden)
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run the test with -update to write it)", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", path, diff)
			}
		})
	}
}

func written(t testing.TB, r *prompttest.Report, write func(io.Writer, *prompttest.Report) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHarmless holds every form to printing no character that speaks to a terminal or turns the direction of text.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := written(t, f.report(), f.write)
			for i, r := range string(got) {
				if r == '\n' || r == '\t' || r == '\u200b' { // the last one is ours, see Markdown
					continue
				}
				if unicode.IsControl(r) || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c {
					t.Fatalf("the character %U stands at %d: %q", r, i, got[max(0, i-40):min(len(got), i+40)])
				}
			}
		})
	}
}

// TestSameBytes holds every form to the same output for the same report.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := written(t, f.report(), f.write)
			for range 5 {
				if again := written(t, f.report(), f.write); !bytes.Equal(first, again) {
					t.Fatal("the same report came out differently")
				}
			}
		})
	}
}
