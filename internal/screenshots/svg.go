package main

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Sizes of a cell in a picture, in its units.
const (
	cellWidth  = 8.4
	cellHeight = 16.4
	margin     = 12.0
	fontSize   = 14
)

// look is what a terminal has by itself: its own colours.
type look struct{ text, ground string }

// picture draws a frame as a terminal would, as SVG. Every run of cells of one style is one text with the width of its cells, so
// that columns stay aligned whatever font there is.
func picture(frame string, width, height int, own look) string {
	screen := vt.NewEmulator(width, height)
	defer func() { _ = screen.Close() }() // an emulator in memory has nothing to lose
	_, _ = screen.WriteString(strings.ReplaceAll(frame, "\n", "\r\n"))
	w, h := float64(width)*cellWidth+2*margin, float64(height)*cellHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" font-family="ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', Consolas, monospace" font-size="%d">`+"\n", w, h, fontSize)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", own.ground)
	for y := range height {
		row(&b, screen, y, width, own)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func row(b *strings.Builder, screen *vt.Emulator, y, width int, own look) {
	for x := 0; x < width; {
		start, first := x, screen.CellAt(x, y)
		var said strings.Builder
		for x < width {
			c := screen.CellAt(x, y)
			if c == nil || first == nil || c.Style != first.Style {
				break
			}
			if c.Content == "" {
				said.WriteByte(' ')
			} else {
				said.WriteString(c.Content)
			}
			x += max(1, c.Width)
		}
		if x == start { // a cell that was never written
			x++
			continue
		}
		part(b, said.String(), first.Style, start, y, x-start, own)
	}
}

func part(b *strings.Builder, said string, style uv.Style, x, y, cells int, own look) {
	fore, back := hex(style.Fg, own.text), hex(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		fore, back = own.ground, fore
	}
	left, top, wide := margin+float64(x)*cellWidth, margin+float64(y)*cellHeight, float64(cells)*cellWidth
	if back != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, wide+0.3, cellHeight, back)
	}
	if strings.TrimSpace(said) == "" {
		return
	}
	more := ""
	if style.Attrs&uv.AttrBold != 0 {
		more += ` font-weight="bold"`
	}
	if style.Attrs&uv.AttrStrikethrough != 0 {
		more += ` text-decoration="line-through"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" xml:space="preserve" fill="%s"%s>%s</text>`+"\n", left, top+12.9, wide, fore, more, html.EscapeString(said))
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
