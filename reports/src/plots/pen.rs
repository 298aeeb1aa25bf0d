//! The drawing surface: SVG through plotters' backend, in units of a 900-wide picture.
//!
//! Text is never measured (no fonts are at hand): widths are estimated generously. Every colour is
//! a role; the page's style sheet recolours the roles for light and dark, and the colours given
//! here serve where there is no style sheet.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    FontFamily, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

/// Width of every picture.
pub(crate) const WIDTH: f64 = 900.0;

/// Backend pixels per unit: its coordinates are integers, and curves want finer steps than one.
const FINE: f64 = 4.0;

/// White around a picture that stands alone.
const MARGIN: f64 = 16.0;

/// plotters divides a font's size by this before it writes it into the file.
const FONT_SIZE_FACTOR: f64 = 1.24;

/// What a stroke or text is for. The series' colours are those of Okabe and Ito (2008), which stay
/// apart for colour-blind eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Titles and labels.
    Text,
    /// Axis numbers and side notes.
    Muted,
    /// Grid lines.
    Grid,
    /// Limits and their labels.
    Limit,
    /// First series, and what a chart is about.
    Blue,
    /// Second series.
    Orange,
    /// Third series.
    Green,
    /// Fourth series.
    Purple,
    /// Instants that are marked.
    Mark,
}

const INKS: [(Ink, RGBColor, &str); 9] = [
    (Ink::Text, RGBColor(0x1F, 0x24, 0x2B), "text"),
    (Ink::Muted, RGBColor(0x66, 0x70, 0x7B), "muted"),
    (Ink::Grid, RGBColor(0xE2, 0xE6, 0xEA), "grid"),
    (Ink::Limit, RGBColor(0xB4, 0x3E, 0x06), "limit"),
    (Ink::Blue, RGBColor(0x00, 0x72, 0xB2), "blue"),
    (Ink::Orange, RGBColor(0xD5, 0x7B, 0x00), "orange"),
    (Ink::Green, RGBColor(0x00, 0x9E, 0x73), "green"),
    (Ink::Purple, RGBColor(0xB0, 0x5A, 0x90), "purple"),
    (Ink::Mark, RGBColor(0x8A, 0x93, 0x9D), "mark"),
];

impl Ink {
    fn color(self) -> RGBColor {
        let found = INKS.iter().find(|(ink, ..)| *ink == self);
        found.expect("every ink is in the table").1
    }
}

/// Where a text's given point lies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// At its left end.
    Left,
    /// In its middle.
    Middle,
    /// At its right end.
    Right,
}

/// Draws into one picture.
pub(crate) struct Pen<'a> {
    backend: SVGBackend<'a>,
}

/// Draws a picture of a height and gives it as an SVG element, with its title for screen readers.
pub(crate) fn picture(title: &str, height: f64, draw: impl FnOnce(&mut Pen<'_>)) -> String {
    let mut text = String::new();
    {
        let size = (whole(WIDTH).unsigned_abs(), whole(height).unsigned_abs());
        let mut pen = Pen { backend: SVGBackend::with_string(&mut text, size) };
        draw(&mut pen);
        pen.backend.present().expect("a string takes whatever is written");
    }
    dressed(&text, title, height)
}

/// Replaces the head, so that the picture scales and is named, and gives each colour its role.
fn dressed(text: &str, title: &str, height: f64) -> String {
    let body = text.split_once('>').map_or("", |(_, body)| body);
    let mut body = body.to_owned();
    for (_, RGBColor(r, g, b), role) in INKS {
        let color = format!("#{r:02X}{g:02X}{b:02X}");
        body = body.replace(
            &format!("stroke=\"{color}\""),
            &format!("stroke=\"{color}\" class=\"s-{role}\""),
        );
        body = body
            .replace(&format!("fill=\"{color}\""), &format!("fill=\"{color}\" class=\"f-{role}\""));
    }
    let title = escaped(title);
    let size = format!("{} {}", whole(WIDTH), whole(height));
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {size}\" role=\"img\">\n<title>{title}</title>{body}"
    )
}

/// A picture as an SVG document that stands alone: named, on white paper, with a margin.
pub(super) fn document(picture: &str) -> String {
    let (head, body) = picture.split_once('>').unwrap_or(("", ""));
    let size = head.split('"').find_map(|part| part.strip_prefix("0 0 "));
    let (width, height) = size.and_then(|size| size.split_once(' ')).unwrap_or_default();
    let margin = whole(MARGIN);
    let with_margins = |length: &str| length.parse::<i32>().unwrap_or(0) + 2 * margin;
    let (width, height) = (with_margins(width), with_margins(height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-{margin} -{margin} {width} {height}\" \
         role=\"img\">\n\
         <rect x=\"-{margin}\" y=\"-{margin}\" width=\"{width}\" height=\"{height}\" \
         fill=\"#FFFFFF\"/>{body}"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A length in backend pixels.
fn whole(length: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "pictures are far below 2^31 pixels")]
    let pixels = (length * FINE).round() as i32;
    pixels
}

fn stroke(ink: Ink, width: f64) -> ShapeStyle {
    let width = whole(width).unsigned_abs();
    ShapeStyle { color: RGBAColor::from(ink.color()), filled: false, stroke_width: width }
}

fn filled(ink: Ink, opacity: f64) -> ShapeStyle {
    let RGBColor(r, g, b) = ink.color();
    ShapeStyle { color: RGBAColor(r, g, b, opacity), filled: true, stroke_width: 0 }
}

impl Pen<'_> {
    /// A line through points.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64) {
        if points.len() > 1 {
            let points = points.iter().map(|&(x, y)| (whole(x), whole(y)));
            let drawn = self.backend.draw_path(points, &stroke(ink, width));
            drawn.expect("a string takes whatever is written");
        }
    }

    /// A small point.
    pub(crate) fn dot(&mut self, (x, y): (f64, f64), ink: Ink) {
        let centre = (whole(x), whole(y));
        let drawn =
            self.backend.draw_circle(centre, whole(2.1).unsigned_abs(), &filled(ink, 0.75), true);
        drawn.expect("a string takes whatever is written");
    }

    /// A filled outline.
    pub(crate) fn area(&mut self, points: &[(f64, f64)], ink: Ink, opacity: f64) {
        if points.len() > 2 {
            let points = points.iter().map(|&(x, y)| (whole(x), whole(y)));
            let drawn = self.backend.fill_polygon(points, &filled(ink, opacity));
            drawn.expect("a string takes whatever is written");
        }
    }

    /// A filled box between two corners.
    pub(crate) fn rect(
        &mut self,
        (x0, y0): (f64, f64),
        (x1, y1): (f64, f64),
        ink: Ink,
        opacity: f64,
    ) {
        let (from, to) = ((whole(x0), whole(y0)), (whole(x1), whole(y1)));
        let drawn = self.backend.draw_rect(from, to, &filled(ink, opacity), true);
        drawn.expect("a string takes whatever is written");
    }

    /// A box in a colour of the temperature scale, 0 for the coldest and 1 for the hottest. Boxes
    /// that touch overlap by a unit, so that no seam shows between them at any size.
    pub(crate) fn tile(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64), share: f64) {
        let (from, to) = ((whole(x0), whole(y0)), (whole(x1 + 1.0), whole(y1 + 1.0)));
        let RGBColor(r, g, b) = heat_color(share);
        let color = RGBAColor(r, g, b, 1.0);
        let style = ShapeStyle { color, filled: true, stroke_width: 0 };
        let drawn = self.backend.draw_rect(from, to, &style, true);
        drawn.expect("a string takes whatever is written");
    }

    /// A text, centred vertically on its point.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), text: &str, side: Side, ink: Ink) {
        self.write((x, y), text, side, (ink, 12.0, FontStyle::Normal));
    }

    /// A title.
    pub(crate) fn title(&mut self, text: &str) {
        self.write((0.0, 12.0), text, Side::Left, (Ink::Text, 15.0, FontStyle::Bold));
    }

    fn write(&mut self, (x, y): (f64, f64), text: &str, side: Side, style: (Ink, f64, FontStyle)) {
        let (ink, size, weight) = style;
        let at = match side {
            Side::Left => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Right,
        };
        let font = (FontFamily::SansSerif, size * FINE * FONT_SIZE_FACTOR, weight).into_font();
        let color = ink.color();
        let style = TextStyle::from(font).color(&color).pos(Pos::new(at, VPos::Center));
        let drawn = self.backend.draw_text(text, &style, (whole(x), whole(y)));
        drawn.expect("a string takes whatever is written");
    }
}

/// Colours from cold to hot: points of the map "cividis" (Nuñez, Anderton, Renslow 2018), which
/// rises evenly in lightness and reads the same for colour-blind eyes, on light and dark pages.
const HEAT: [RGBColor; 5] = [
    RGBColor(0x00, 0x22, 0x4E),
    RGBColor(0x41, 0x4D, 0x6B),
    RGBColor(0x7C, 0x7B, 0x78),
    RGBColor(0xBC, 0xAF, 0x6F),
    RGBColor(0xFE, 0xE8, 0x38),
];

/// The colour at a share of the scale, on lines between its points.
fn heat_color(share: f64) -> RGBColor {
    let place = share.clamp(0.0, 1.0) * 4.0;
    let below = [3_u8, 2, 1].into_iter().find(|it| place >= f64::from(*it)).unwrap_or(0);
    let (from, to) = (HEAT[usize::from(below)], HEAT[usize::from(below) + 1]);
    let mix = |from: u8, to: u8| {
        let level =
            f64::from(from) + (f64::from(to) - f64::from(from)) * (place - f64::from(below));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let level = level.round() as u8;
        level
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The width that a text of the common size may take, estimated generously.
pub(crate) fn text_width(text: &str) -> f64 {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    6.7 * f64::from(letters)
}

/// How many letters of the common size a width takes for certain.
pub(crate) fn letters(width: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 140")]
    let letters = (width / 6.7).clamp(0.0, 140.0) as usize;
    letters
}

/// The text, cut with an ellipsis to at most so many letters.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.into();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}
