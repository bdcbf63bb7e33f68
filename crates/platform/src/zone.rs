//! Local time: from seconds since 1970 to calendar fields and back.
//!
//! A [`Zone`] is a value: it is loaded once (by `time.tzset` and at start) through the platform, and its rules are then pure arithmetic on `jiff`'s
//! tables, the same in an enclave as outside. `jiff` knows the years -9999 to 9999. Python asks for more (`time.gmtime(10**11)`), so the
//! calendar itself is computed here over all of `i64`, and a distant moment takes its offset from the same moment
//! of a nearer 400-year cycle, in which the Gregorian calendar repeats.

use crate::error::{OsError, OsResult};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Broken-down time, with Python's conventions: months and days from 1, Monday is 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fields {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// Monday is 0.
    pub weekday: i64,
    /// The first of January is 1.
    pub year_day: i64,
    /// 1 in summer time, 0 if not, -1 to let `to_seconds` find out.
    pub is_dst: i32,
    /// Seconds east of UTC.
    pub utc_offset: i32,
    pub zone: String,
}

/// A time zone's rules.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: TimeZone,
}

const DAY: i64 = 86_400;
/// Seconds in 400 Gregorian years.
const CYCLE: i64 = 146_097 * DAY;
/// Largest year for which C's `struct tm` has room, as CPython checks it.
const YEAR_MAX: i64 = i32::MAX as i64 + 1900;
const YEAR_MIN: i64 = i32::MIN as i64 + 1900;

/// Days since 1970 of a date, months and days from 1. The year may be any whose days fit.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Count from the first of March, so that the leap day ends the year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let cycle = shifted.div_euclid(400);
    let year_of_cycle = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * 146_097 + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year
        - 719_468
}

/// The date of a number of days since 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year_of_cycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    (
        year,
        month,
        day_of_year - (153 * month_from_march + 2) / 5 + 1,
    )
}

fn fields(seconds: i64, offset: i32, is_dst: bool, zone: &str) -> OsResult<Fields> {
    let overflow = OsError::new(libc::EOVERFLOW);
    let local = seconds.checked_add(i64::from(offset)).ok_or(overflow)?;
    let (days, second_of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(overflow);
    }
    Ok(Fields {
        year,
        month,
        day,
        hour: second_of_day / 3600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
        weekday: (days + 3).rem_euclid(7),
        year_day: days - days_of(year, 1, 1) + 1,
        is_dst: i32::from(is_dst),
        utc_offset: offset,
        zone: zone.to_string(),
    })
}

/// The fields of a moment in UTC. `EOVERFLOW` if the year does not fit C's `struct tm`.
pub fn gmtime(seconds: i64) -> OsResult<Fields> {
    fields(seconds, 0, false, "UTC")
}

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone {
            rules: TimeZone::UTC,
        }
    }

    /// Rules from the bytes of a zoneinfo file.
    pub fn from_tzif(name: &str, data: &[u8]) -> Option<Zone> {
        TimeZone::tzif(name, data).ok().map(|rules| Zone { rules })
    }

    /// Rules from a POSIX `TZ` string such as `EST5EDT,M3.2.0,M11.1.0`. A zone with summer time but no dates gets the United States' dates, as in glibc.
    pub fn from_posix(text: &str) -> Option<Zone> {
        let rules =
            TimeZone::posix(text).or_else(|_| TimeZone::posix(&format!("{text},M3.2.0,M11.1.0")));
        rules.ok().map(|rules| Zone { rules })
    }

    /// Offset in seconds, summer time, abbreviation.
    fn offset_at(&self, seconds: i64) -> (i32, bool, String) {
        const NEAR_MAX: i64 = 253_000_000_000;
        const NEAR_MIN: i64 = -377_000_000_000;
        let near = if seconds > NEAR_MAX {
            // Within the last cycle before year 9987.
            NEAR_MAX - CYCLE + (seconds - NEAR_MAX).rem_euclid(CYCLE)
        } else if seconds < NEAR_MIN {
            NEAR_MIN + (seconds.saturating_sub(NEAR_MIN)).rem_euclid(CYCLE)
        } else {
            seconds
        };
        match Timestamp::from_second(near) {
            Ok(at) => {
                let info = self.rules.to_offset_info(at);
                (
                    info.offset().seconds(),
                    info.dst().is_dst(),
                    info.abbreviation().to_string(),
                )
            }
            Err(_) => (0, false, "UTC".to_string()),
        }
    }

    /// The fields of a moment in this zone.
    pub fn local(&self, seconds: i64) -> OsResult<Fields> {
        let (offset, is_dst, name) = self.offset_at(seconds);
        fields(seconds, offset, is_dst, &name)
    }

    /// `mktime`: the moment that the fields name. They need not be in range: the 32nd of January is the first of February.
    /// `weekday`, `year_day`, `utc_offset` and `zone` are not looked at.
    pub fn to_seconds(&self, fields: &Fields) -> OsResult<i64> {
        let overflow = OsError::new(libc::EOVERFLOW);
        let month0 = fields.month.checked_sub(1).ok_or(overflow)?;
        let year = fields
            .year
            .checked_add(month0.div_euclid(12))
            .ok_or(overflow)?;
        if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
            return Err(overflow);
        }
        let naive = (|| {
            let days = days_of(year, month0.rem_euclid(12) + 1, 1)
                .checked_add(fields.day)?
                .checked_sub(1)?;
            let seconds = days
                .checked_mul(DAY)?
                .checked_add(fields.hour.checked_mul(3600)?)?;
            seconds
                .checked_add(fields.minute.checked_mul(60)?)?
                .checked_add(fields.second)
        })()
        .ok_or(overflow)?;
        self.resolve(naive, fields.is_dst).ok_or(overflow)
    }

    /// Finds the moment whose local clock shows `naive`. In an hour that exists twice `is_dst` chooses (by default the first); in one that does not
    /// exist, and for a wrong `is_dst`, the clock is read as if the other offset applied.
    fn resolve(&self, naive: i64, is_dst: i32) -> Option<i64> {
        let before = self.offset_at(naive.checked_sub(DAY)?);
        let after = self.offset_at(naive.checked_add(DAY)?);
        let mut valid = Vec::new();
        for side in [&before, &after] {
            let moment = naive.checked_sub(i64::from(side.0))?;
            let shown = self.offset_at(moment);
            if shown.0 == side.0 && !valid.contains(&(moment, shown.1)) {
                valid.push((moment, shown.1));
            }
        }
        let wanted = |dst: bool| is_dst < 0 || dst == (is_dst > 0);
        if let Some(found) = valid
            .iter()
            .find(|v| wanted(v.1))
            .or(valid.first().filter(|_| is_dst < 0))
        {
            return Some(found.0);
        }
        if is_dst >= 0
            && let Some(offset) = self.nearest_offset(naive, is_dst > 0)
        {
            return naive.checked_sub(i64::from(offset));
        }
        match valid.first() {
            Some(found) => Some(found.0),
            None => naive.checked_sub(i64::from(before.0)),
        }
    }

    /// The offset used by the closest period with or without summer time, looked for in steps of a week up to a year away.
    fn nearest_offset(&self, near: i64, dst: bool) -> Option<i32> {
        (0..54)
            .flat_map(|week| [week, -week])
            .find_map(|week: i64| {
                let found = self.offset_at(near.checked_add(week * 7 * DAY)?);
                (found.1 == dst).then_some(found.0)
            })
    }
}

/// Where zone files are looked for.
const ZONE_DIRECTORY: &str = "/usr/share/zoneinfo";
/// Larger files are no zones.
const ZONE_BYTES_MAX: u64 = 1 << 20;

fn read_zone(path: &str) -> Option<Zone> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > ZONE_BYTES_MAX {
        return None;
    }
    Zone::from_tzif(path, &std::fs::read(path).ok()?)
}

/// The zone that `TZ` names, with glibc's rules: unset means `/etc/localtime`, a name is a file, the rest is a POSIX rule, nonsense is UTC.
pub(crate) fn load_zone(tz: Option<&[u8]>) -> OsResult<Zone> {
    let Some(tz) = tz else {
        return Ok(read_zone("/etc/localtime").unwrap_or_else(Zone::utc));
    };
    let text = String::from_utf8_lossy(tz);
    let name = text.strip_prefix(':').unwrap_or(&text);
    if name.is_empty() || name == "UTC" {
        return Ok(Zone::utc());
    }
    let from_file = if name.starts_with('/') {
        read_zone(name)
    } else if name.split('/').any(|part| part == "..") {
        None
    } else {
        read_zone(&format!("{ZONE_DIRECTORY}/{name}"))
    };
    Ok(from_file
        .or_else(|| Zone::from_posix(name))
        .unwrap_or_else(Zone::utc))
}
