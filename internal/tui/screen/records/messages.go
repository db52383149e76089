package records

import (
	"errors"
	"strings"
)

// Choices made in dialogs.
type (
	objectMsg  struct{ name string }
	columnsMsg struct{ name string }
)

// errAgain stands for a page that must be read again when the place is shown next.
var errAgain = errors.New("the records are read again")

func join(ids []string) string { return strings.Join(ids, ",") }
