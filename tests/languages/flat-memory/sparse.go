// Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.
package main

import "bubbles/transform"

type Config struct {
	Leaks bool `json:"leaks"`
}

type Row struct {
	Number int64  `json:"number"`
	Text   string `json:"text"`
}

func init() { transform.Rows("lets one row of a thousand through", sparse) }

var kept []string

func sparse(config *Config, row *Row, emit func(*Row)) error {
	if config.Leaks && row.Number%10 == 0 {
		kept = append(kept, row.Text)
	}
	if row.Number%1000 == 0 {
		emit(row)
	}
	return nil
}

func main() {}
