package testreport

import (
	_ "embed" // the style sheet
)

// htmlStyle is the style sheet of the HTML report, whole in every file.
//
//go:embed html_style.css
var htmlStyle string
