// Package token reads and renders {{ … }} data tokens in the text fields of actions.
package token
