package chart_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/chart"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
)

const evil = "\x1b[31mred\u202e 日本👩\u200d👩\n"

func bars() []chart.Bar {
	return []chart.Bar{{Label: "CA", Value: 700}, {Label: "NY", Value: 350}, {Label: "日本", Value: 88, Text: "88 (7 %)"}, {Label: evil, Value: 1}, {Label: "", Value: 0}, {Label: "x", Value: 3}, {Label: "y", Value: 4.5}}
}

func bins() []chart.Bin {
	var out []chart.Bin
	for i, n := range []int64{0, 3, 17, 64, 40, 12, 2, 0, 0, 1} {
		out = append(out, chart.Bin{Label: fmt.Sprintf("%d ms", i*100), Count: n})
	}
	return out
}

func parts() []chart.Part {
	return []chart.Part{{"COMPLETED", 1200, 0}, {"GOAL_MET", 40, 1}, {"UNENROLLED", 0, 2}, {"NOT_ENROLLED", 5, 3}}
}

func all(th *theme.Theme, width int) string {
	var lines []string
	lines = append(lines, chart.Bars(th, bars(), width, 5)...)
	lines = append(lines, "")
	lines = append(lines, chart.Histogram(th, bins(), width, 6)...)
	lines = append(lines, "", chart.Sparkline(th, []float64{0, 1, 2, 3, 8, 5, math.NaN(), 2}, width), "", chart.Progress(th, 37, 100, width), "")
	lines = append(lines, chart.Stack(th, parts(), width)...)
	return strings.Join(lines, "\n")
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 120} {
		tuitest.Golden(t, fmt.Sprintf("charts-%d", width), ansi.Strip(all(theme.For(true), width)))
	}
	tuitest.Golden(t, "charts-dark", all(theme.For(true), 50))
	tuitest.Golden(t, "charts-light", all(theme.For(false), 50))
}

// Whatever the numbers, the labels and the size, charts keep to their size.
func TestEverySize(t *testing.T) {
	t.Parallel()
	th := theme.For(true)
	numbers := [][]float64{nil, {0}, {5}, {0, 0, 0}, {math.NaN(), math.Inf(1), math.Inf(-1), -3}, {math.MaxFloat64, math.MaxFloat64, 1}, {1e-300, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}}
	for _, values := range numbers {
		var bars []chart.Bar
		var bins []chart.Bin
		var parts []chart.Part
		for i, v := range values {
			bars = append(bars, chart.Bar{Label: evil + strings.Repeat("w", i*9), Value: v})
			parts = append(parts, chart.Part{Label: evil, Value: v, Series: i - 2})
			count := int64(math.MinInt64)
			if v == v && math.Abs(v) < 1e18 {
				count = int64(v)
			} else if v > 0 {
				count = math.MaxInt64
			}
			bins = append(bins, chart.Bin{Label: evil, Count: count})
		}
		for width := -1; width <= 200; width++ {
			check := func(what string, lines []string, height int, exactly bool) {
				t.Helper()
				if len(lines) > max(0, height) {
					t.Fatalf("%s of %v at width %d: %d lines, not %d", what, values, width, len(lines), height)
				}
				for _, l := range lines {
					a, b := ansi.StringWidth(l), ansi.StringWidthWc(l)
					if a != b || a > max(0, width) || exactly && a != width {
						t.Fatalf("%s of %v: a line is %d and %d wide, not %d: %q", what, values, a, b, width, ansi.Strip(l))
					}
					if strings.ContainsAny(ansi.Strip(l), "\x1b\n\u202e") {
						t.Fatalf("%s: %q", what, l)
					}
				}
			}
			for _, height := range []int{0, 1, 2, 3, 9} {
				check("Bars", chart.Bars(th, bars, width, height), height, false)
				check("Histogram", chart.Histogram(th, bins, width, height), height, false)
			}
			check("Sparkline", []string{chart.Sparkline(th, values, width)}, 1, false)
			stack := chart.Stack(th, parts, width)
			check("Stack", stack, 20, false)
			if width > 0 {
				check("the bar of Stack", stack[:1], 1, true)
				check("Progress", []string{chart.Progress(th, 3, 7, width), chart.Progress(th, math.NaN(), math.Inf(1), width), chart.Progress(th, -1, 0, width)}, 3, true)
			}
		}
	}
}

func plain(lines []string) string { return ansi.Strip(strings.Join(lines, "\n")) }

func TestBars(t *testing.T) {
	t.Parallel()
	th := theme.For(false)
	want := "CA ████████ 10\nNY ████····  5\nTX ▏·······  0"
	got := chart.Bars(th, []chart.Bar{{Label: "CA", Value: 10}, {Label: "NY", Value: 5}, {Label: "TX", Value: 0.001, Text: "0"}}, 14, 9)
	if diff := cmp.Diff(want, plain(got)); diff != "" {
		t.Error(diff)
	}
	if got := plain(chart.Bars(th, bars(), 60, 3)); !strings.HasSuffix(got, "… 5 more, together 96.5") || strings.Count(got, "\n") != 2 {
		t.Errorf("the rest is not summed up: %s", got)
	}
}

func TestSparkline(t *testing.T) {
	t.Parallel()
	th := theme.For(false)
	if got := ansi.Strip(chart.Sparkline(th, []float64{9, 0, 1, 4, 8}, 4)); got != " ▂▅█" {
		t.Errorf("%q", got)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	th := theme.For(false)
	for _, c := range []struct {
		done, total float64
		want        string
	}{{0, 10, "··········   0%"}, {5, 10, "█████·····  50%"}, {9.99, 10, "██████████  99%"}, {10, 10, "██████████ 100%"}, {20, 10, "██████████ 100%"}, {1, 0, "··········    –"}} {
		if diff := cmp.Diff(c.want, ansi.Strip(chart.Progress(th, c.done, c.total, 15))); diff != "" {
			t.Errorf("%v of %v: %s", c.done, c.total, diff)
		}
	}
}

// Parts are told apart without colours, and a small one is not lost.
func TestStack(t *testing.T) {
	t.Parallel()
	got := plain(chart.Stack(theme.For(false), parts(), 30))
	first, legend, _ := strings.Cut(got, "\n")
	for _, glyph := range []string{"█", "▓", "░"} {
		if !strings.Contains(first, glyph) || !strings.Contains(legend, glyph) {
			t.Errorf("%s is missing in\n%s", glyph, got)
		}
	}
	if strings.Contains(legend, "UNENROLLED") || !strings.Contains(legend, "NOT_ENROLLED 5") {
		t.Errorf("the legend is\n%s", legend)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 1: "1", 1.5: "1.5", 0.126: "0.13", 9999: "9999", 10000: "10k", 12345: "12.3k", 2e6: "2M", 3.21e9: "3.2G", -5: "-5", 1e30: "1e+30", math.Inf(1): "+Inf", -0.001: "0"} {
		if got := chart.Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}

func BenchmarkAll(b *testing.B) {
	th := theme.For(true)
	for b.Loop() {
		all(th, 120)
	}
}
