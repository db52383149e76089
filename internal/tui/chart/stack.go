package chart

import (
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
)

// Part is one part of a Stack. Series chooses its colour and glyph.
type Part struct {
	Label  string
	Value  float64
	Series int
}

// glyph tells series apart where there are no colours.
func glyph(series int) string {
	glyphs := []string{"█", "▓", "▒", "░", "▚", "▞"}
	return glyphs[((series%len(glyphs))+len(glyphs))%len(glyphs)]
}

func styleOf(th *theme.Theme, series int) lipgloss.Style {
	n := len(th.Charts.Series)
	if n == 0 {
		return th.Charts.Bar
	}
	return th.Charts.Series[((series%n)+n)%n]
}

// Stack draws parts of a whole as one bar of exactly width cells, and a legend of as many lines as it needs below. Every part that is
// more than nothing has a cell, as long as there are enough.
func Stack(th *theme.Theme, parts []Part, width int) []string {
	if width <= 0 {
		return nil
	}
	sizes := shares(parts, width)
	var b strings.Builder
	used := 0
	for i, n := range sizes {
		if n > 0 {
			b.WriteString(styleOf(th, parts[i].Series).Render(strings.Repeat(glyph(parts[i].Series), n)))
			used += n
		}
	}
	if used < width {
		b.WriteString(th.Charts.Track.Render(strings.Repeat("·", width-used)))
	}
	return append([]string{b.String()}, legend(th, parts, width)...)
}

// shares says how many cells each part gets.
func shares(parts []Part, width int) []int {
	out := make([]int, len(parts))
	total, alive := 0.0, 0
	for _, p := range parts {
		if v := amount(p.Value); v > 0 {
			total += v
			alive++
		}
	}
	if alive == 0 {
		return out
	}
	// Every part its cell first, then the rest by what is missing most.
	left := width
	for i, p := range parts {
		if amount(p.Value) > 0 && left > 0 {
			out[i] = 1
			left--
		}
	}
	spare := left
	for i, p := range parts {
		want := int(amount(p.Value)/total*float64(width)) - out[i]
		if got := max(0, min(want, left)); out[i] > 0 {
			out[i] += got
			left -= got
		}
	}
	for left > 0 && spare > 0 {
		worst, missing := 0, -1e18
		for i, p := range parts {
			if m := amount(p.Value)/total*float64(width) - float64(out[i]); out[i] > 0 && m > missing {
				worst, missing = i, m
			}
		}
		out[worst]++
		left--
	}
	return out
}

func legend(th *theme.Theme, parts []Part, width int) []string {
	var lines []string
	current, used := "", 0
	for _, p := range parts {
		if amount(p.Value) == 0 {
			continue
		}
		label := text.Clip(p.Label, max(1, width/2)) + " " + Number(p.Value)
		w := text.Width(label) + 2
		if used > 0 && used+2+w > width {
			lines = append(lines, current)
			current, used = "", 0
		}
		if used > 0 {
			current, used = current+"  ", used+2
		}
		current += styleOf(th, p.Series).Render(glyph(p.Series)) + " " + th.Text.Render(label)
		used += w
	}
	if used > 0 {
		lines = append(lines, current)
	}
	for i := range lines {
		lines[i] = text.Cut(lines[i], width)
	}
	return lines
}
