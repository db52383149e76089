package testreport

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// HTML writes a report as one HTML5 file for a browser: it needs no network, no JavaScript and no other file. Cases are
// read from their cells one by one, so a report takes as much memory as a hundred cases, however many there are. Equal
// reports give equal bytes. An error of w, or of the results of a cell, ends it; what was written until then is no whole file.
func HTML(w io.Writer, r *prompttest.Report, meta Meta) error {
	if r == nil {
		return errors.New("there is no report to write as HTML")
	}
	p := &htmlPage{out: bufio.NewWriterSize(w, 64<<10)}
	p.to = p.out
	p.head(r, meta)
	p.verdict(r, meta)
	p.raw(`<main id="main">`, "\n")
	p.notRun(r)
	p.baseline(r)
	p.warnings(r.Warnings)
	for i, t := range r.Tests {
		if t == nil {
			continue
		}
		if err := p.test(i+1, t); err != nil {
			return err
		}
	}
	p.raw("</main>\n")
	p.foot(meta)
	if p.err != nil {
		return fmt.Errorf("the HTML report could not be written: %w", p.err)
	}
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("the HTML report could not be written: %w", err)
	}
	return nil
}

// htmlPage writes one page. Whatever it is given as text goes through htmlText or htmlLines; ids are made by counting, never
// from data.
type htmlPage struct {
	out *bufio.Writer
	// to is where the page goes on: out, or hundred while cases are gathered whose heading is not known yet.
	to      io.StringWriter
	hundred bytes.Buffer
	// err is the first error of writing; nothing is written behind it.
	err error
}

// raw writes markup, and text that was made harmless.
func (p *htmlPage) raw(parts ...string) {
	for _, s := range parts {
		if p.err != nil {
			return
		}
		_, p.err = p.to.WriteString(s)
	}
}

// htmlText is a text for one line, in an element or a double-quoted attribute: no markup, no control characters, no marks
// that turn the direction of reading.
func htmlText(s string) string { return html.EscapeString(report.Safe(s)) }

// htmlLines is htmlText that keeps line breaks.
func htmlLines(s string) string { return html.EscapeString(report.SafeLines(s)) }

// htmlID makes an id of counted numbers: t1-c2-f3.
func htmlID(test int, parts ...any) string {
	id := "t" + strconv.Itoa(test)
	for _, part := range parts {
		switch v := part.(type) {
		case int:
			id += strconv.Itoa(v)
		case string:
			id += "-" + v
		}
	}
	return id
}

func (p *htmlPage) head(r *prompttest.Report, meta Meta) {
	word := "Failed"
	if r.Passed {
		word = "Passed"
	}
	p.raw("<!DOCTYPE html>\n", `<html lang="en">`, "\n<head>\n", `<meta charset="utf-8">`, "\n",
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">`, "\n",
		`<meta name="viewport" content="width=device-width, initial-scale=1">`, "\n", `<meta name="color-scheme" content="light dark">`, "\n",
		`<meta name="referrer" content="no-referrer">`, "\n", `<link rel="icon" href="data:,">`, "\n",
		"<title>", word, ": ", htmlText(htmlTitle(meta)), "</title>\n<style>\n", htmlStyle, "</style>\n</head>\n<body>\n",
		`<a class="skip" href="#main">Skip to the results</a>`, "\n")
}

func htmlTitle(meta Meta) string {
	if meta.Title != "" {
		return meta.Title
	}
	return "Prompt tests"
}

func (p *htmlPage) foot(meta Meta) {
	p.raw(`<footer class="foot"><p>Made by askflow`)
	if meta.Version != "" {
		p.raw(" ", htmlText(meta.Version))
	}
	if !meta.Generated.IsZero() {
		p.raw(` on <time datetime="`, htmlText(meta.Generated.UTC().Format("2006-01-02T15:04:05Z")), `">`, htmlText(meta.Generated.Format("2 January 2006, 15:04 MST")), "</time>")
	}
	p.raw(`. This file is complete: it loads nothing and runs no scripts.</p><p><a href="#top">Back to the top</a></p></footer>`, "\n</body>\n</html>\n")
}
