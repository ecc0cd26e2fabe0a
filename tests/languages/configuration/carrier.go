// Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.
package main

import "bubbles/transform"

type Config struct {
	Carrier string   `json:"carrier" doc:"as in the column of this name"`
	Miles   *float64 `json:"miles"`
}

type Flight struct {
	Day      int64   `json:"day"`
	Carrier  string  `json:"carrier"`
	Flight   int64   `json:"flight"`
	Distance float64 `json:"distance"`
}

type Kept struct {
	Flight int64 `json:"flight"`
	Day    int64 `json:"day"`
}

func init() { transform.Rows("keeps the flights of one carrier", keep) }

func keep(config *Config, flight *Flight, emit func(*Kept)) error {
	if flight.Carrier == config.Carrier && (config.Miles == nil || flight.Distance >= *config.Miles) {
		emit(&Kept{flight.Flight, flight.Day})
	}
	return nil
}

func main() {}
