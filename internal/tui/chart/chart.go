// Package chart draws numbers with letters: bars, histograms, sparklines, progress, stacks. Everything is a function of a
// theme, data and a size; labels are data and made safe here. Series differ by their glyphs as well as by their colours.
package chart

import "askflow/internal/tui/theme"

// Bar is one bar. Text stands behind it; "" stands for the value.
type Bar struct {
	Label string
	Value float64
	Text  string
}

// Bin is one column of a histogram.
type Bin struct {
	Label string
	Count int64
}

// Part is one part of a Stack. Series chooses its colour and glyph.
type Part struct {
	Label  string
	Value  float64
	Series int
}

func Bars(th *theme.Theme, bars []Bar, width, maxRows int) []string     { return nil }
func Histogram(th *theme.Theme, bins []Bin, width, height int) []string { return nil }
func Sparkline(th *theme.Theme, values []float64, width int) string     { return "" }
func Progress(th *theme.Theme, done, total float64, width int) string   { return "" }
func Stack(th *theme.Theme, parts []Part, width int) []string           { return nil }
