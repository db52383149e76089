// Package testreport turns what a test run came to into what people and programs read: text for a terminal, JSON, JUnit XML,
// Markdown for a pull request, and one HTML file. Whatever comes from a record or a model is data there: it is shown, and
// never speaks to a terminal, a browser or a parser. The same report gives the same bytes.
package testreport

import "time"

// Meta is what a report says about itself beside its results. Empty members are left out.
type Meta struct {
	// Title heads the report, Command is the command line that made it, Version the program's, Portal the portal's name.
	Title, Command, Version, Portal string
	// Generated is when the report was made; zero leaves it out, so that files come out the same.
	Generated time.Time
}
