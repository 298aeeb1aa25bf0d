//! Numbers as testers write them: decimal points and commas, thousands, durations.

/// Which letter parts the whole from the fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    /// `3.312`.
    Point,
    /// `3,312`; only where the comma does not part cells.
    Comma,
}

impl Decimal {
    /// The number in a cell; `None` where it is none. Blank and `NaN` are no number here: see
    /// [`is_blank`].
    pub(super) fn parse(self, cell: &str) -> Option<f64> {
        let number = match self {
            Self::Point => cell.parse::<f64>().ok(),
            Self::Comma if cell.contains('.') => grouped(cell),
            Self::Comma => cell.replace(',', ".").parse::<f64>().ok(),
        };
        number.filter(|number| number.is_finite())
    }

    /// A time in its unit, or as `h:mm:ss`, or `d h:mm:ss`, in seconds.
    pub(super) fn parse_time(self, cell: &str) -> Option<Time> {
        if !cell.contains(':') {
            return self.parse(cell).map(Time::InUnit);
        }
        let (days, clock) = match cell.split_once([' ', 'd']) {
            Some((days, clock)) => {
                (days.trim().parse::<u32>().ok()?, clock.trim_matches([' ', 'd']))
            }
            None => (0, cell),
        };
        let parts: Vec<_> = clock.split(':').collect();
        let [hours, minutes, seconds] = parts.as_slice() else { return None };
        let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
        let seconds = self.parse(seconds)?;
        let whole = f64::from(days) * 86_400.0 + f64::from(hours) * 3600.0;
        ((0.0..60.0).contains(&seconds) && minutes < 60)
            .then(|| Time::Seconds(whole + f64::from(minutes) * 60.0 + seconds))
    }
}

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time {
    /// In the unit of its column.
    InUnit(f64),
    /// As a duration.
    Seconds(f64),
}

/// `1.234,5`: points part thousands.
fn grouped(cell: &str) -> Option<f64> {
    let (whole, fraction) = cell.split_once(',')?;
    let groups: Vec<_> = whole.split('.').collect();
    let (first, others) = groups.split_first()?;
    let first_fits = (1..=3).contains(&first.trim_start_matches(['-', '+']).len());
    let fit = first_fits && others.iter().all(|group| group.len() == 3);
    fit.then(|| format!("{}.{fraction}", groups.concat()).parse().ok()).flatten()
}

/// Whether a cell says that nothing was measured.
pub(super) fn is_blank(cell: &str) -> bool {
    let none = ["", "-", "--", "nan", "na", "n/a", "null", "none"];
    none.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_read_and_thousands_only_in_threes() {
        assert_eq!(Decimal::Comma.parse("3,312"), Some(3.312));
        assert_eq!(Decimal::Comma.parse("-1.234,5"), Some(-1234.5));
        assert_eq!(Decimal::Comma.parse("12.34,5"), None);
        assert_eq!(Decimal::Comma.parse("3.312"), None);
        assert_eq!(Decimal::Point.parse("3,312"), None);
        assert_eq!(Decimal::Point.parse("1e-3"), Some(1e-3));
    }

    #[test]
    fn infinities_are_no_measurements() {
        assert_eq!(Decimal::Point.parse("inf"), None);
        assert_eq!(Decimal::Point.parse("1e999"), None);
        assert_eq!(Decimal::Point.parse("NaN"), None);
        assert!(is_blank("NaN") && is_blank("") && !is_blank("0"));
    }

    #[test]
    fn durations_are_times_and_times_of_day_are_not() {
        let seconds = |cell| Decimal::Point.parse_time(cell);
        assert_eq!(seconds("01:02:03.5"), Some(Time::Seconds(3723.5)));
        assert_eq!(seconds("2d 01:00:00"), Some(Time::Seconds(176_400.0)));
        assert_eq!(seconds("2 01:00:00"), Some(Time::Seconds(176_400.0)));
        assert_eq!(seconds("12.5"), Some(Time::InUnit(12.5)));
        for cell in ["0:60:00", "0:00:60", "12:30", "2020-01-01 00:00:00", "::"] {
            assert_eq!(seconds(cell), None, "{cell}");
        }
    }
}
