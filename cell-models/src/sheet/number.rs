//! Numbers as people write them: the decimal point is moved in the text, so that no bit is lost.

/// The value of a decimal text times ten to the `shift`, rounded once.
pub(super) fn scaled(text: &str, shift: i32) -> Option<f64> {
    let plain: String = text.chars().filter(|&letter| letter != '_').collect();
    if shift == 0 || plain.ends_with("inf") || plain.ends_with("nan") {
        return plain.parse().ok();
    }
    let (digits, exponent) = match plain.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (plain.as_str(), 0),
    };
    format!("{digits}e{}", exponent.checked_add(shift)?).parse().ok()
}

/// The shortest text of a value times ten to the `shift`, such that [`scaled`] with the opposite
/// shift gives the value back.
pub(super) fn text(value: f64, shift: i32) -> String {
    if !value.is_finite() {
        return value.to_string().to_lowercase();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent = exponent.parse::<i32>().unwrap_or(0) + if value == 0.0 { 0 } else { shift };
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |unsigned| ("-", unsigned));
    let digits = digits.replace('.', "");
    format!("{sign}{}", laid_out(&digits, exponent))
}

/// Digits with the point after the first one, times ten to the `exponent`, without an exponent
/// where that reads well.
fn laid_out(digits: &str, exponent: i32) -> String {
    let point = exponent + 1;
    match usize::try_from(point) {
        Err(_) | Ok(0) if exponent >= -5 => {
            let zeros = usize::try_from(-point).unwrap_or(0);
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        Ok(before) if before < digits.len() && before > 0 => {
            format!("{}.{}", &digits[..before], &digits[before..])
        }
        Ok(before) if (1..=15).contains(&before) => {
            format!("{digits}{}.0", "0".repeat(before - digits.len()))
        }
        _ => {
            let rest = if digits.len() > 1 { &digits[1..] } else { "0" };
            format!("{}.{rest}e{exponent}", &digits[..1])
        }
    }
}

/// A text as a TOML string of one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    #[test]
    fn numbers_look_as_people_write_them() {
        let cases = [
            (0.00031, 3, "0.31"),
            (2.07, 0, "2.07"),
            (100.0, 0, "100.0"),
            (0.0, 3, "0.0"),
            (-0.0005, 3, "-0.5"),
            (5420.0, 0, "5420.0"),
            (0.012, 3, "12.0"),
            (1e-12, 0, "1.0e-12"),
            (1.5e20, 0, "1.5e20"),
            (f64::NEG_INFINITY, 3, "-inf"),
        ];
        for (value, shift, expected) in cases {
            assert_eq!(text(value, shift), expected);
        }
    }

    #[test]
    fn what_is_no_decimal_number_is_refused() {
        assert_eq!(scaled("0x10", -3), None);
        assert_eq!(scaled("1e99999999999", -3), None);
        assert_eq!(scaled("1_000.5", -3), Some(1.0005));
        assert_eq!(scaled("5", -3), Some(0.005));
    }

    proptest! {
        #[test]
        fn a_number_comes_back_to_the_last_bit(value in any::<f64>(), shift in -6..7_i32) {
            let (out, back) = (text(value, shift), -shift);
            let read = scaled(&out, back).map(f64::to_bits);
            if value.is_nan() {
                return Ok(());
            }
            prop_assert_eq!(read, Some(value.to_bits()), "{}", out);
        }
    }
}
