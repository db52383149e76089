package testreport

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Formats are the forms of a report that go into a file.
var Formats = []string{"json", "junit", "markdown", "html"}

// Write writes a report in one of Formats. An unknown format is an error that names the known ones; the other errors are
// those of w and of Results.
func Write(w io.Writer, format string, r *prompttest.Report, meta Meta) error {
	switch format {
	case "json":
		return JSON(w, r)
	case "junit":
		return JUnit(w, r)
	case "markdown":
		return Markdown(w, r)
	case "html":
		return HTML(w, r, meta)
	}
	message := fmt.Sprintf("%q is no form of a report; there are %s", format, strings.Join(Formats, ", "))
	if near := source.Nearest(format, slices.Clone(Formats)); near != "" {
		message += fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Errorf("%s", message)
}
